package listing

import (
	"regexp"
	"strings"
)

// ours is the form of the names that provision.Call.Name makes, without a suffix.
var ours = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z2-7]{13}$`)

// MayBeOurs reports whether a name has the form of those that [provision.Call.Name] makes: a letter first, a hash of thirteen characters
// last, and behind that nothing or one of the suffixes. Things of other names are left in peace, among them those whose policies forbid to
// read their tags.
func MayBeOurs(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			return ours.MatchString(stem)
		}
	}
	return ours.MatchString(name)
}
