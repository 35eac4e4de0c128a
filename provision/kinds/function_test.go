package kinds_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestFunctionValidate(t *testing.T) {
	t.Parallel()
	const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/shop:v1"
	right := func() kinds.Function {
		return kinds.Function{Image: image, Role: "arn:aws:iam::123456789012:role/service/shop"}
	}
	zip := kinds.FunctionZip{Bucket: "builds", Key: "shop/${{commit}}.zip", Runtime: "provided.al2023", Handler: "bootstrap"}
	ids := func(prefix string, n int) (list []provision.Text) {
		for i := range n {
			list = append(list, provision.Text(prefix+strings.Repeat("a", i+1)))
		}
		return list
	}
	for _, tt := range []struct {
		name   string
		change func(f *kinds.Function)
		want   []string // fields
	}{
		{"an image and a role are enough", func(*kinds.Function) {}, nil},
		{"image by digest", func(f *kinds.Function) {
			f.Image = provision.Text(strings.TrimSuffix(image, ":v1") + "@sha256:" + strings.Repeat("0a", 32))
		}, nil},
		{"image by commit", func(f *kinds.Function) { f.Image = "${{in.registry}}/shop:${{commit}}" }, nil},
		{"zip", func(f *kinds.Function) { f.Image, f.Zip = "", zip }, nil},
		{"all at their most", func(f *kinds.Function) {
			f.MemoryMiB, f.Timeout, f.Architecture, f.URL = 10240, 15*time.Minute, kinds.ARM64, kinds.IAMURL
			f.Subnets, f.SecurityGroups = ids("subnet-", 16), ids("sg-", 5)
			f.Environment = map[string]provision.Text{"AB": provision.Text(strings.Repeat("x", 4094))}
			f.LogGroup = provision.Text(strings.Repeat("l", 512))
		}, nil},
		{"all at their least", func(f *kinds.Function) { f.MemoryMiB, f.Timeout = 128, time.Second }, nil},
		{"nothing", func(f *kinds.Function) { *f = kinds.Function{} }, []string{"Image", "Role"}},
		{"two sources", func(f *kinds.Function) { f.Zip = zip }, []string{"Zip"}},
		{"half a zip", func(f *kinds.Function) { f.Image, f.Zip = "", kinds.FunctionZip{Version: "1"} },
			[]string{"Zip.Bucket", "Zip.Key", "Zip.Runtime", "Zip.Handler"}},
		{"another registry's image", func(f *kinds.Function) { f.Image = "docker.io/library/nginx:1" }, []string{"Image"}},
		{"an image without a tag", func(f *kinds.Function) { f.Image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop" }, []string{"Image"}},
		{"a role by name", func(f *kinds.Function) { f.Role = "shop" }, []string{"Role"}},
		{"an instance profile is no role", func(f *kinds.Function) { f.Role = "arn:aws:iam::123456789012:instance-profile/shop" }, []string{"Role"}},
		{"out of range", func(f *kinds.Function) {
			f.MemoryMiB, f.Timeout, f.Architecture, f.URL = 127, 15*time.Minute+time.Second, "mips", "PUBLIC"
		}, []string{"Architecture", "MemoryMiB", "Timeout", "URL"}},
		{"parts of seconds", func(f *kinds.Function) { f.Timeout = 1500 * time.Millisecond }, []string{"Timeout"}},
		{"variables", func(f *kinds.Function) {
			f.Environment = map[string]provision.Text{"A": "", "1A": "", "AWS_REGION": "", "OK": "\x00"}
		}, []string{`Environment["1A"]`, `Environment["A"]`, `Environment["AWS_REGION"]`, `Environment["OK"]`}},
		{"too many variables", func(f *kinds.Function) {
			f.Environment = map[string]provision.Text{"AB": provision.Text(strings.Repeat("x", 4095))}
		}, []string{"Environment"}},
		{"subnets without groups", func(f *kinds.Function) { f.Subnets = ids("subnet-", 1) }, []string{"SecurityGroups"}},
		{"groups without subnets", func(f *kinds.Function) { f.SecurityGroups = ids("sg-", 1) }, []string{"Subnets"}},
		{"wrong ids", func(f *kinds.Function) {
			f.Subnets, f.SecurityGroups = []provision.Text{"vpc-1", ""}, []provision.Text{"sg-1", "sg-1"}
		}, []string{"Subnets[0]", "Subnets[1]", "SecurityGroups[1]"}},
		{"too many ids", func(f *kinds.Function) { f.Subnets, f.SecurityGroups = ids("subnet-", 17), ids("sg-", 6) },
			[]string{"Subnets", "SecurityGroups"}},
		{"a key's alias", func(f *kinds.Function) { f.KMSKey = "alias/shop" }, []string{"KMSKey"}},
		{"a log group with blanks", func(f *kinds.Function) { f.LogGroup = "a b" }, []string{"LogGroup"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := right()
			tt.change(&f)
			err := f.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
