package ecrdriver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ecrdriver"
)

func TestParse(t *testing.T) {
	t.Parallel()
	sum := "sha256:" + strings.Repeat("0a", 32)
	web := ecrdriver.Reference{Account: "123456789012", Region: "eu-central-1", Repository: "shop/web"}
	with := func(change func(*ecrdriver.Reference)) *ecrdriver.Reference {
		r := web
		change(&r)
		return &r
	}
	tagged := with(func(r *ecrdriver.Reference) { r.Tag = "v1.2" })
	for image, want := range map[string]*ecrdriver.Reference{
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:v1.2":      tagged,
		"123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com/shop/web:v1.2": tagged,
		"123456789012.dkr-ecr.eu-central-1.on.aws/shop/web:v1.2":             tagged,
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop/web:v1.2": with(func(r *ecrdriver.Reference) {
			r.Region, r.Tag = "cn-north-1", "v1.2"
		}),
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web":              with(func(r *ecrdriver.Reference) { r.Tag = "latest" }),
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web@" + sum:       with(func(r *ecrdriver.Reference) { r.Digest = sum }),
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:v1.2@" + sum:  with(func(r *ecrdriver.Reference) { r.Digest = sum }),
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web@sha256:short": nil,
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/":                      nil,
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com":                       nil,
		"12345.dkr.ecr.eu-central-1.amazonaws.com/shop/web:v1.2":                nil,
		"nginx":                           nil,
		"docker.io/library/nginx:1":       nil,
		"localhost:5000/shop/web:v1.2":    nil,
		"public.ecr.aws/nginx/nginx:1":    nil,
		"ghcr.io/dkr.ecr/123456789012:v1": nil,
		"":                                nil,
	} {
		got, ok := ecrdriver.Parse(image)
		require.Equal(t, want != nil, ok, image)
		if want != nil {
			require.Equal(t, *want, got, image)
		}
	}
}
