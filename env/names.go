package env

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// The layout of names under a base is fixed, so that each question is one listing from one starting name:
//
//	_peppercorn.<base>     TXT    the registry: made once, every resource carries it
//	<alias>.<base>         CNAME  <id>.<base>; of one alias it may be the base itself: alias A and AAAA
//	<id>.<base>            CNAME  the entrance's AWS host, only while the environment is ready; alias A and AAAA if it has a zone
//	<alias>._alias.<base>  TXT    where the alias points, and where it pointed before
//	<id>._env.<base>       TXT    the state of the environment
const (
	rootLabel  = "_peppercorn"
	aliasLabel = "_alias"
	envLabel   = "_env"
)

var (
	appPattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	labelPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	idPattern    = regexp.MustCompile(`^[0-9a-f]{12}(-[a-z0-9]+)*$`)
	zonePattern  = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	baseLabel    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
)

// Longest names that fit: a DNS label has 63 octets and a name 253; an id is 12 hexadecimal digits, "-" and the variant,
// and the longest name below a base is "<alias>._alias.<base>".
const (
	maxApp     = 32
	maxVariant = 63 - 12 - 1
	maxAlias   = 63
	maxBase    = 253 - 63 - len("."+aliasLabel+".")
)

// reservedAliases are the words by which tools built on this package call its verbs and its listings. An alias of that name
// would be read as the verb.
var reservedAliases = []string{
	"adopt", "alias", "all", "cull", "deploy", "describe", "env", "history", "list", "live", "none", "plan", "policy", "promote",
	"release", "restore", "rollback", "sweep", "terminate", "unpin", "verify", "whats-live",
}

func checkApp(app string) error {
	switch {
	case app == "":
		return invalid("App", app, "a name is needed: lower-case letters, digits and single hyphens")
	case len(app) > maxApp:
		return invalid("App", app, fmt.Sprintf("%d characters are too many, at most %d fit", len(app), maxApp))
	case !appPattern.MatchString(app):
		return invalid("App", app, "lower-case letters, digits and single hyphens, starting with a letter")
	}
	return nil
}

func checkBase(base string) error {
	if len(base) > maxBase {
		return invalid("Base", base, fmt.Sprintf("%d characters are too many, at most %d leave room for the names below it", len(base), maxBase))
	}
	labels := strings.Split(base, ".")
	if len(labels) < 2 {
		return invalid("Base", base, "a DNS name of at least two labels is needed, such as shop.example.com")
	}
	for _, l := range labels {
		if len(l) > 63 || !baseLabel.MatchString(l) {
			return invalid("Base", base, fmt.Sprintf("%q is not a DNS label of lower-case letters, digits and hyphens", l))
		}
	}
	return nil
}

func checkAlias(alias string) error {
	switch {
	case alias == "":
		return invalid("alias", alias, "a name is needed, such as production")
	case len(alias) > maxAlias:
		return invalid("alias", alias, fmt.Sprintf("%d characters are too many, a DNS label has at most %d", len(alias), maxAlias))
	case !labelPattern.MatchString(alias):
		return invalid("alias", alias, "lower-case letters, digits and single hyphens only")
	case idPattern.MatchString(alias):
		return invalid("alias", alias, "it reads like the id of an environment")
	case slices.Contains(reservedAliases, alias):
		return invalid("alias", alias, "the word names a verb")
	}
	return nil
}

func checkVariant(variant string) error {
	switch {
	case len(variant) > maxVariant:
		return invalid("variant", variant, fmt.Sprintf("%d characters are too many, at most %d fit behind the commit", len(variant), maxVariant))
	case !labelPattern.MatchString(variant):
		return invalid("variant", variant, "lower-case letters, digits and single hyphens only")
	}
	return nil
}

// ID returns the id of the environment of a commit: the first 12 hexadecimal digits of its hash and, where there is a variant,
// a hyphen and the variant. It does not check its arguments; [Manager.Deploy] does.
func ID(c gitmeta.Commit, variant string) string {
	id := c.Short()
	if variant != "" {
		id += "-" + variant
	}
	return id
}

// parseTarget reads what a caller names an environment by: its id, or the full hash of its commit. With a full hash the verbs
// compare all of it, since 48 bits of a prefix can be forged.
func parseTarget(s string) (id, hash string, err error) {
	if gitmeta.ValidHash(s) {
		return s[:12], s, nil
	}
	if len(s) > 63 || !idPattern.MatchString(s) {
		return "", "", invalid("environment", s, "an id (12 hexadecimal digits and perhaps -variant) or a full commit hash is needed")
	}
	return s, "", nil
}

func (m *Manager) rootName() string              { return rootLabel + "." + m.base }
func (m *Manager) aliasName(alias string) string { return alias + "." + m.base }
func (m *Manager) aliasNote(alias string) string { return alias + "." + aliasLabel + "." + m.base }
func (m *Manager) envName(id string) string      { return id + "." + m.base }
func (m *Manager) envNote(id string) string      { return id + "." + envLabel + "." + m.base }

// below returns the one label that name has in front of parent, and whether it has exactly one.
func below(name, parent string) (label string, ok bool) {
	label, ok = strings.CutSuffix(name, "."+parent)
	return label, ok && label != "" && !strings.Contains(label, ".")
}
