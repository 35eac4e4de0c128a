package acmdriver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, domain string
		want         bool
	}{
		{"example.com", "example.com", true},
		{"Example.COM", "eXample.com", true},
		{"example.com", "www.example.com", false},
		{"www.example.com", "example.com", false},
		{"*.example.com", "www.example.com", true},
		{"*.Example.com", "www.example.COM", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.www.example.com", false},
		{"*.example.com", "www.notexample.com", false},
		{"*.example.com", ".example.com", false},
		{"*.example.com", "*.example.com", true},
		{"www.example.com", "*.example.com", false},
		{"*.com", "*.example.com", false},
		{"*.example.com", "*.www.example.com", false},
		{"*.example.com", "com", false},
		{"", "example.com", false},
	} {
		require.Equal(t, tt.want, covers([]string{"else.org", tt.name}, tt.domain), "%s for %s", tt.name, tt.domain)
	}
	require.False(t, covers(nil, "example.com"))
}
