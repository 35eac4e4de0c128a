package kinds_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestTableValidate(t *testing.T) {
	t.Parallel()
	id := kinds.TableKey{Name: "id"}
	with := func(x ...kinds.TableIndex) kinds.Table { return kinds.Table{PartitionKey: id, Indexes: x} }
	many := make([]kinds.TableIndex, 21)
	for i := range many {
		many[i] = kinds.TableIndex{Name: fmt.Sprintf("index-%d", i), PartitionKey: id}
	}
	var names []string
	for i := range 101 {
		names = append(names, fmt.Sprintf("a%d", i))
	}
	for _, tt := range []struct {
		name  string
		table kinds.Table
		want  []string // fields
	}{
		{"a key is enough", kinds.Table{PartitionKey: id}, nil},
		{"everything", kinds.Table{
			PartitionKey: id, SortKey: kinds.TableKey{Name: "at", Type: "N"},
			Indexes: []kinds.TableIndex{
				{Name: "by-user", PartitionKey: kinds.TableKey{Name: "user", Type: "S"}, SortKey: kinds.TableKey{Name: "at", Type: "N"}},
				{Name: "by_hash", PartitionKey: kinds.TableKey{Name: "hash", Type: "B"}, KeysOnly: true},
				{Name: "by.user", PartitionKey: kinds.TableKey{Name: "user"}, Include: []string{"total"}},
			},
			Capacity: kinds.TableCapacity{Read: 1, Write: 40000}, NoRecovery: true, DeletionProtection: true,
			Stream: "NEW_AND_OLD_IMAGES", KMSKey: "alias/shop",
		}, nil},
		{"no key", kinds.Table{}, []string{"PartitionKey.Name"}},
		{"a type without a name", kinds.Table{PartitionKey: id, SortKey: kinds.TableKey{Type: "N"}}, []string{"SortKey.Type"}},
		{"one key twice", kinds.Table{PartitionKey: id, SortKey: id}, []string{"SortKey.Name"}},
		{"a long name", kinds.Table{PartitionKey: kinds.TableKey{Name: strings.Repeat("x", 256)}}, []string{"PartitionKey.Name"}},
		{"a type that is no key's", kinds.Table{PartitionKey: kinds.TableKey{Name: "id", Type: "SS"}}, []string{"PartitionKey.Type"}},
		{"two types of one attribute", with(kinds.TableIndex{Name: "other", PartitionKey: kinds.TableKey{Name: "id", Type: "N"}}),
			[]string{"Indexes[0].PartitionKey.Type"}},
		{"an index without anything", with(kinds.TableIndex{}), []string{"Indexes[0].Name", "Indexes[0].PartitionKey.Name"}},
		{"a short name", with(kinds.TableIndex{Name: "ab", PartitionKey: id}), []string{"Indexes[0].Name"}},
		{"a name twice", with(kinds.TableIndex{Name: "abc", PartitionKey: id}, kinds.TableIndex{Name: "abc", PartitionKey: id}),
			[]string{"Indexes[1].Name"}},
		{"two projections", with(kinds.TableIndex{Name: "abc", PartitionKey: id, KeysOnly: true, Include: []string{"x"}}),
			[]string{"Indexes[0].KeysOnly"}},
		{"an attribute twice", with(kinds.TableIndex{Name: "abc", PartitionKey: id, Include: []string{"x", "x"}}),
			[]string{"Indexes[0].Include[1]"}},
		{"too many attributes", with(kinds.TableIndex{Name: "abc", PartitionKey: id, Include: names}), []string{"Indexes"}},
		{"too many indexes", kinds.Table{PartitionKey: id, Indexes: many}, []string{"Indexes"}},
		{"half a capacity", kinds.Table{PartitionKey: id, Capacity: kinds.TableCapacity{Read: 5}}, []string{"Capacity.Write"}},
		{"too much", kinds.Table{PartitionKey: id, Capacity: kinds.TableCapacity{Read: 40001, Write: -1}}, []string{"Capacity.Read", "Capacity.Write"}},
		{"a stream of another sort", kinds.Table{PartitionKey: id, Stream: "new"}, []string{"Stream"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.table.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
