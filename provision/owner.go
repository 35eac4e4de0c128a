package provision

import (
	"fmt"
	"log/slog"
)

// Keys of the tags that every resource carries from birth. Values are written by EncodeTag.
const (
	TagRegistry = "peppercorn:registry" // the registry (zone and base) that the resource is accounted for in
	TagBase     = "peppercorn:base"     // the DNS name under which the application lives
	TagApp      = "peppercorn:app"      // the application
	TagEnv      = "peppercorn:env"      // the id of the environment
	TagCommit   = "peppercorn:commit"   // the full commit hash
	TagAttempt  = "peppercorn:attempt"  // the incarnation of the environment
	TagNode     = "peppercorn:node"     // the node of the blueprint
	TagSubject  = "peppercorn:subject"  // the first line of the commit message, for people; cut if it is long
	TagKeep     = "peppercorn:keep"     // "true" if teardown must leave the resource
)

// Owner says whose a resource is. Registry, Env and Attempt together are unique for ever, because an attempt is a random
// text that is never used again.
type Owner struct {
	Registry string
	Base     string
	App      string
	Env      string // the environment's id
	Commit   string // the full hash
	Attempt  string
	Subject  string // the first line of the commit message; says nothing about ownership
}

// String returns application, environment and attempt, "shop/1f0c9d3ab2e4 (attempt k3v9)".
func (o Owner) String() string {
	return fmt.Sprintf("%s/%s (attempt %s)", o.App, o.Env, o.Attempt)
}

// LogValue makes a log entry show o as a group.
func (o Owner) LogValue() slog.Value {
	return slog.GroupValue(slog.String("app", o.App), slog.String("env", o.Env), slog.String("attempt", o.Attempt))
}

// identity is one field of an Owner that says whose a resource is.
type identity struct{ key, value string }

// identities returns the fields that say whose a resource is, with their tags. Subject is not among them.
func (o Owner) identities() [6]identity {
	return [...]identity{
		{TagRegistry, o.Registry},
		{TagBase, o.Base},
		{TagApp, o.App},
		{TagEnv, o.Env},
		{TagCommit, o.Commit},
		{TagAttempt, o.Attempt},
	}
}

// Matches reports whether tags name the same owner as o does in every field that o sets; an Owner with only a Registry matches
// everything of that registry. Subject is not compared: it is written for people and may be cut. An Owner without a Registry matches
// nothing, so that a forgotten field never widens a search to the whole account.
func (o Owner) Matches(tags map[string]string) bool {
	if o.Registry == "" {
		return false
	}
	for _, id := range o.identities() {
		if id.value != "" && !tagHolds(tags, id.key, id.value) {
			return false
		}
	}
	return true
}

// tagHolds reports whether a tag holds exactly value. A value that had to be cut is never the same as another.
func tagHolds(tags map[string]string, key, value string) bool {
	got, ok := tags[key]
	if !ok {
		return false
	}
	text, cut := DecodeTag(got)
	return !cut && text == value
}

// ParseTags reads what Call.Tags wrote. ok is false unless registry, environment, attempt and node are all there and whole: such a
// resource is not one of ours.
func ParseTags(tags map[string]string) (o Owner, node string, keep, ok bool) {
	ok = true
	read := func(key string) string {
		text, cut := DecodeTag(tags[key])
		if cut && key != TagSubject {
			ok = false
		}
		return text
	}
	o = Owner{
		Registry: read(TagRegistry),
		Base:     read(TagBase),
		App:      read(TagApp),
		Env:      read(TagEnv),
		Commit:   read(TagCommit),
		Attempt:  read(TagAttempt),
		Subject:  read(TagSubject),
	}
	node = read(TagNode)
	keep = tags[TagKeep] == keepYes
	if o.Registry == "" || o.Env == "" || o.Attempt == "" || node == "" {
		ok = false
	}
	return o, node, keep, ok
}

// keepYes is the value of TagKeep.
const keepYes = "true"

// StateOwner fills in the fields of s that come from tags: Node, Owner and Keep. It reports false, and leaves s as it is, if the tags are not ours.
func StateOwner(s *State, tags map[string]string) bool {
	o, node, keep, ok := ParseTags(tags)
	if !ok {
		return false
	}
	s.Owner, s.Node, s.Keep = o, node, keep
	return true
}
