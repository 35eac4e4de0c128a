package ec2driver_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// bootData runs an instance and returns the user data that it boots with.
func bootData(t *testing.T, spec kinds.Instance) []byte {
	t.Helper()
	require.NoError(t, spec.Validate())
	var data []byte
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		s, err := ec2driver.New(cloud.Client()).Create(t.Context(), call(spec))
		require.NoError(t, err)
		data = cloud.UserData(s.ID)
	})
	return data
}

// cloudInit reads user data as cloud-init does, and returns the environment file and the script.
func cloudInit(t *testing.T, data []byte) (file, script []byte) {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(data))
	require.NoError(t, err)
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/mixed", kind)
	parts := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return file, script
		}
		require.NoError(t, err)
		body, err := io.ReadAll(part)
		require.NoError(t, err)
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			body, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(body), "\n", ""))
			require.NoError(t, err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)
		switch kind {
		case "text/x-shellscript":
			require.NotNil(t, file, "the file is written before the script runs")
			script = body
		case "text/cloud-config":
			var config struct {
				Files []struct{ Path, Encoding, Content, Permissions, Owner string } `yaml:"write_files"`
			}
			require.NoError(t, yaml.Unmarshal(body, &config))
			require.Len(t, config.Files, 1)
			require.Equal(t, "/etc/peppercorn/env", config.Files[0].Path)
			require.Equal(t, "b64", config.Files[0].Encoding)
			require.Equal(t, "0644", config.Files[0].Permissions)
			file, err = base64.StdEncoding.DecodeString(config.Files[0].Content)
			require.NoError(t, err)
		default:
			require.Fail(t, "unknown part", kind)
		}
	}
}

func TestAScriptAloneIsPassedOnByteForByte(t *testing.T) {
	t.Parallel()
	spec := web()
	spec.Script = "#!/bin/sh\r\necho \"${{not.A}} reference\" '\xff' $HOME `id`\n\n"
	require.Equal(t, spec.Script, string(bootData(t, spec)))
	require.Empty(t, bootData(t, web()))
}

// hostile are values that would run, or end up as something else, if they were quoted badly.
var hostile = map[string]provision.Text{
	"QUOTES":    `it's "quoted" ''' \' \\`,
	"NEWLINES":  "one\ntwo\r\nthree\n\n",
	"SHELL":     "$HOME ${PATH} $(touch owned) `touch owned` && touch owned; touch owned | > owned",
	"BREAKOUT":  "'; touch owned; '",
	"BOUNDARY":  "--peppercorn\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ntouch owned",
	"YAML":      "\n- path: /etc/passwd\n  content: owned",
	"UNICODE":   "日本 — 🚀",
	"BYTES":     "\xff\xfe\x01\x7f",
	"HASH":      "# not a comment",
	"BLANKS":    "  \t both ends \t ",
	"EMPTY":     "",
	"BACKSLASH": `ends in \`,
	"_1":        "!history %percent ~tilde *glob* ?",
}

func TestAHostileEnvironmentSetsVariablesAndNothingElse(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skipf("SKIPPED, NOTHING PROVEN: there is no shell to read the environment file: %v", err)
	}
	for _, script := range []string{
		"",
		"#!/bin/sh\necho plain\n",
		"#!/bin/sh\nno newline at the end",
		"#!/bin/sh\r\necho CRLF, 日本\r\n--peppercorn--\r\n\x00\xff",
		"#!/bin/sh\n--peppercorn-0123\nContent-Type: text/cloud-config\n\nruncmd: [owned]\n",
	} {
		spec := web()
		spec.Environment, spec.Script = hostile, script
		file, got := cloudInit(t, bootData(t, spec))
		require.Equal(t, script, string(got))

		dir := t.TempDir()
		path := filepath.Join(dir, "env")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		for name, want := range hostile {
			// The shell adds the x, because $(...) would drop newlines at the end.
			command := exec.CommandContext(t.Context(), shell, "-c", `set -a; . "$1"; set +a; printf '%sx' "$`+name+`"`, "sh", path)
			command.Dir = dir
			out, err := command.Output()
			require.NoError(t, err)
			require.Equal(t, string(want)+"x", string(out), name)
		}
		require.NoFileExists(t, filepath.Join(dir, "owned"))
	}
}

// The software is told where its secret is, beside its other variables, and no instance differs from another for the order of maps.
func TestSecretsArriveAsARNs(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
	spec := web()
	spec.Secrets = map[string]provision.Secret{"DB": arn}
	file, _ := cloudInit(t, bootData(t, spec))
	require.Equal(t, "DB='"+arn+"'\n", string(file))
	spec.Environment, spec.Script = map[string]provision.Text{"A": "1", "Z": "2"}, "#!/bin/sh\n"
	file, script := cloudInit(t, bootData(t, spec))
	require.Equal(t, "A='1'\nDB='"+arn+"'\nZ='2'\n", string(file))
	require.Equal(t, spec.Script, string(script))
	require.Len(t, spec.Environment, 2)
}

func TestTheSizeOfUserDataIsCheckedBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	d := ec2driver.New(ec2test.New().Client())
	script := func(n int) string { return "#!/bin/sh\n" + strings.Repeat("x", n-len("#!/bin/sh\n")) }
	for _, tt := range []struct {
		name string
		spec kinds.Instance
		ok   bool
	}{
		{"nothing", kinds.Instance{}, true},
		{"the largest script", kinds.Instance{Script: script(kinds.MaxUserData)}, true},
		{"a script with a frame", kinds.Instance{Script: script(kinds.MaxUserData), Environment: map[string]provision.Text{"A": "1"}}, false},
		{"a script with some room", kinds.Instance{Script: script(15 << 10), Environment: map[string]provision.Text{"A": "1"}}, true},
		{"bytes cost more", kinds.Instance{Script: script(13<<10) + "\xff", Environment: map[string]provision.Text{"A": "1"}}, false},
		{"what is known", kinds.Instance{Environment: map[string]provision.Text{"A": provision.Text(strings.Repeat("y", 13<<10))}}, false},
		{"secrets count", kinds.Instance{Script: script(16 << 10), Secrets: map[string]provision.Secret{"A": "arn:aws:ssm:us-east-1:123456789012:parameter/a"}}, false},
		{"what is not known yet", kinds.Instance{Environment: map[string]provision.Text{
			"A": provision.Text(strings.Repeat("${{in.a-rather-long-name}}", 1000))}}, true},
	} {
		err := d.Validate(call(tt.spec))
		if tt.ok {
			require.NoError(t, err, tt.name)
			continue
		}
		require.ErrorContains(t, err, "EC2 allows 16384", tt.name)
	}
	require.NoError(t, d.Validate(call(kinds.SecurityGroup{})))
}

func TestWhatOnlyResolvingShowsIsCheckedBeforeTheCall(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	d := ec2driver.New(cloud.Client())
	for _, value := range []string{"nul \x00 byte", strings.Repeat("y", 13<<10)} {
		spec := web()
		spec.Environment = map[string]provision.Text{"A": provision.Text(value)}
		_, err := d.Create(t.Context(), call(spec))
		var mistake *provision.BlueprintError
		require.ErrorAs(t, err, &mistake)
	}
	require.Empty(t, ops(cloud))
}
