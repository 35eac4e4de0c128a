package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
