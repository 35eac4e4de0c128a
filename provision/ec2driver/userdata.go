package ec2driver

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// userData renders script and environment of an instance.
//
// A script alone is the user data, byte for byte. With an environment it is a MIME message of two parts: a cloud-config
// that writes the environment file, and the script. cloud-init writes files before it runs scripts (its modules
// write_files and scripts_user, in that order in every boot), and takes base64 in both, so neither the values nor the
// script can break out of their part.
func userData(spec kinds.Instance) ([]byte, error) {
	variables := spec.Variables()
	if len(variables) == 0 {
		return fits([]byte(spec.Script))
	}
	file, err := environmentFile(variables)
	if err != nil {
		return nil, err
	}
	parts := []mimePart{{
		contentType: "text/cloud-config",
		body: "#cloud-config\nwrite_files:\n- path: " + kinds.EnvironmentFile +
			"\n  owner: root:root\n  permissions: '0644'\n  encoding: b64\n  content: " +
			base64.StdEncoding.EncodeToString(file) + "\n",
	}}
	if spec.Script != "" {
		parts = append(parts, mimePart{contentType: "text/x-shellscript", body: spec.Script})
	}
	return fits(mimeMessage(parts))
}

// fits checks the size that EC2 allows.
func fits(data []byte) ([]byte, error) {
	if len(data) > kinds.MaxUserData {
		return nil, wrong("Script", "it, Environment and Secrets make %d bytes of user data, EC2 allows %d; "+
			"let the script fetch what is large", len(data), kinds.MaxUserData)
	}
	return data, nil
}

// environmentFile writes variables as a shell reads them, sorted by name. Within single quotes a shell takes everything
// for itself but the quote, which is written '\”, that is: out of the quotes, a literal quote, and in again.
func environmentFile(env map[string]provision.Text) ([]byte, error) {
	var file bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := string(env[name])
		if strings.ContainsRune(value, 0) {
			return nil, wrong(fmt.Sprintf("Environment[%q]", name), "holds a NUL byte, which no variable can")
		}
		fmt.Fprintf(&file, "%s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return file.Bytes(), nil
}

type mimePart struct{ contentType, body string }

// mimeMessage is a multipart message. The boundary depends on the content only, because equal specs must make equal
// requests; that it occurs in a part is as likely as a collision of SHA-256.
func mimeMessage(parts []mimePart) []byte {
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%d:%s", len(p.body), p.body)
	}
	boundary := "peppercorn-" + hex.EncodeToString(sum.Sum(nil))[:32]
	var b bytes.Buffer
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%q\nMIME-Version: 1.0\n\n", boundary)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\nContent-Type: %s; charset=\"utf-8\"\nMIME-Version: 1.0\n", boundary, p.contentType)
		if isPlain(p.body) {
			// The line break before the next boundary belongs to the boundary.
			fmt.Fprintf(&b, "Content-Transfer-Encoding: 7bit\n\n%s\n", p.body)
			continue
		}
		fmt.Fprintf(&b, "Content-Transfer-Encoding: base64\n\n%s\n", wrapped(p.body))
	}
	fmt.Fprintf(&b, "--%s--\n", boundary)
	return b.Bytes()
}

// isPlain reports whether a text survives in a message as it is. Others are a third longer in base64, for the sake of
// their every byte: readers of mail change line ends and guess at encodings.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= 0x7f || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// wrapped is base64 in lines of 76, the longest that MIME allows.
func wrapped(text string) string {
	const line = 76
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(encoded) > line {
		b.WriteString(encoded[:line] + "\n")
		encoded = encoded[line:]
	}
	return b.String() + encoded
}

var reference = regexp.MustCompile(`\$\{\{.*?\}\}`)

// known is the spec with its references taken for empty texts: the least that they can turn out to be.
func known(spec kinds.Instance) kinds.Instance {
	env := spec.Variables()
	for name, value := range env {
		env[name] = provision.Text(reference.ReplaceAllString(string(value), ""))
	}
	spec.Environment, spec.Secrets = env, nil
	return spec
}
