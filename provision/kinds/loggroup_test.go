package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestLogGroupValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		group kinds.LogGroup
		want  []string // fields
	}{
		{"the zero value is a log group", kinds.LogGroup{}, nil},
		{"everything", kinds.LogGroup{RetentionDays: 3653, KMSKey: "arn:aws-cn:kms:cn-north-1:123456789012:key/0a1b", Class: kinds.InfrequentLogs, Disposable: true}, nil},
		{"a day is a retention", kinds.LogGroup{RetentionDays: 1}, nil},
		{"two days are none", kinds.LogGroup{RetentionDays: 2}, []string{"RetentionDays"}},
		{"negative", kinds.LogGroup{RetentionDays: -1}, []string{"RetentionDays"}},
		{"another class", kinds.LogGroup{Class: "DELIVERY"}, []string{"Class"}},
		{"an alias is no key", kinds.LogGroup{KMSKey: "alias/logs"}, []string{"KMSKey"}},
		{"an alias by its ARN is none either", kinds.LogGroup{KMSKey: "arn:aws:kms:us-east-1:123456789012:alias/logs"}, []string{"KMSKey"}},
		{"what is not known yet", kinds.LogGroup{KMSKey: "${{in.key}}"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.group.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestLogGroupHandle(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	logs := kinds.AddLogGroup(&b, "logs", kinds.LogGroup{RetentionDays: 30}, provision.Keep)
	require.Equal(t, provision.Text("${{logs.Name}}"), logs.Name())
	require.Equal(t, provision.Text("${{logs.ARN}}"), logs.ARN())
	require.Equal(t, kinds.LogGroupKind, b.Nodes[0].Spec.Kind())
	require.True(t, b.Nodes[0].Keep)
	allEarly(t, kinds.LogGroup{}, "Name", "ARN")
}

// allEarly checks that a spec has exactly these outputs, and that all are known as soon as the resource is created.
func allEarly(t *testing.T, spec provision.Spec, names ...string) {
	t.Helper()
	var got []string
	for _, out := range spec.Outputs() {
		require.True(t, out.Early, out.Name)
		require.NotEmpty(t, out.Doc, out.Name)
		got = append(got, out.Name)
	}
	require.Equal(t, names, got)
}
