package moto_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
)

func TestOverlappingTestsShareOneServer(t *testing.T) {
	urls := make([]string, 2)
	t.Run("both", func(t *testing.T) {
		for i := range urls {
			urls[i] = moto.Start(t).URL
		}
		require.Equal(t, urls[0], urls[1])
		answer, err := http.Get(urls[0] + "/moto-api/data.json")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.NoError(t, answer.Body.Close())
	})
	if urls[0] == "" {
		t.Skip("moto_server is missing: see above")
	}
	_, err := http.Get(urls[0])
	require.Error(t, err, "the server is stopped with its last user")
}

func TestConfigCannotLeaveTheMachine(t *testing.T) {
	config := moto.Start(t).Config()
	for _, address := range []string{"http://192.0.2.1/", "http://route53.amazonaws.com/"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		_, err = config.HTTPClient.Do(request)
		require.ErrorContains(t, err, "stays on loopback")
	}
}
