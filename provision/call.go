package provision

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Call is what a driver is asked to create: a node of a blueprint, for an owner, with every reference resolved.
type Call struct {
	Owner Owner
	Node  string
	Spec  Spec // of one of the driver's kinds; all Text fields are literals
	Keep  bool
}

// Tags returns the tags that the resource must carry from birth, encoded so that every service accepts them.
func (c Call) Tags() map[string]string {
	tags := map[string]string{TagNode: EncodeTag(c.Node)}
	for _, id := range c.Owner.identities() {
		if id.value != "" {
			tags[id.key] = EncodeTag(id.value)
		}
	}
	if c.Owner.Subject != "" {
		tags[TagSubject] = EncodeTag(c.Owner.Subject)
	}
	if c.Keep {
		tags[TagKeep] = keepYes
	}
	return tags
}

// hashLength is how many characters of base32 a name carries: 65 bits.
const hashLength = 13

// Name returns the name that the resource must have: "<app>-<node>-<hash>" and the suffix, at most max bytes long. The
// hash is of registry, environment, attempt and node, so each attempt has names of its own and no name has to be remembered; app and
// node are for people and are shortened to fit. The name has lower-case letters, digits and single '-' only, and a letter first,
// which every service accepts, and none of the first words that a service reserves.
//
// The hash is never shortened: if max is less than 14 bytes and the suffix, the name is longer than max, and the service refuses it.
func (c Call) Name(max int, suffix string) string {
	sum := c.hash("name")
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:hashLength]
	app, node := nameWord(c.Owner.App), nameWord(c.Node)
	room := max - len(suffix) - hashLength - len("-")
	name := fitWords(app, node, room)
	if hasReservedWord(name + "-") {
		name = fitWords("p"+app, node, room)
	}
	if name == "" {
		return "p" + hash + suffix
	}
	return name + "-" + hash + suffix
}

// NamePrefix returns what the names of all of o's resources begin with, whatever their nodes are called, where Call.Name is given this
// max and no suffix, or one of these. It is for listings that can be narrowed by a prefix. Empty means that nothing is certain.
func (o Owner) NamePrefix(max int, suffixes ...string) string {
	rooms := []int{max}
	for _, suffix := range suffixes {
		rooms = append(rooms, max-len(suffix))
	}
	var prefix string
	for i, name := range nameBeginnings(o.App, rooms...) {
		if i == 0 {
			prefix = name
		}
		prefix = sharedPrefix(prefix, name)
	}
	return strings.TrimRight(prefix, "-")
}

// nameBeginnings returns with what the names of an application's resources begin in so much room. A name that has to be short may have
// only a part of the application's, and one that would begin with a reserved word has a letter before it: "internals" may
// become "internals-...", or "pinternal-..." where there is less room. So the names of short and long nodes are made, and those with the
// same first letter compared.
func nameBeginnings(app string, rooms ...int) []string {
	if nameWord(app) == "" {
		return nil
	}
	common := map[byte]string{}
	for _, room := range rooms {
		for length := 0; length <= longestName; length++ {
			// The name of a node may not be longer, but one that fills the room shortens the application's the most.
			length := cmp.Or(length, room)
			for _, letter := range []string{"a", "b"} {
				name := Call{Owner: Owner{App: app}, Node: strings.Repeat(letter, length)}.Name(room, "")
				shared, known := common[name[0]]
				if !known {
					shared = name
				}
				common[name[0]] = sharedPrefix(shared, name)
			}
		}
	}
	return slices.Sorted(maps.Values(common))
}

// sharedPrefix returns what a and b both begin with.
func sharedPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// Token returns an idempotency token of at most max (and 64) hexadecimal digits that depends on registry, environment, attempt, node and salt. The
// salt tells apart the several requests that one node may need.
func (c Call) Token(max int, salt string) string {
	sum := c.hash("token", salt)
	token := hex.EncodeToString(sum[:])
	return token[:min(max, len(token))]
}

// hash hashes who and what c is for, and words that say what for. Each part is preceded by its length, so that no two lists of
// parts are written alike.
func (c Call) hash(purpose ...string) [sha256.Size]byte {
	var data []byte
	for _, part := range append([]string{c.Owner.Registry, c.Owner.Env, c.Owner.Attempt, c.Node}, purpose...) {
		data = binary.AppendUvarint(data, uint64(len(part)))
		data = append(data, part...)
	}
	return sha256.Sum256(data)
}

// CheckOwner returns nil if tags prove that the resource k id is the one that c asks for: registry, base, application,
// environment, attempt and node are all the same. Otherwise it returns a *ForeignError. A driver calls it on whatever it finds where it wanted to create.
func (c Call) CheckOwner(k Kind, id string, tags map[string]string) error {
	o := c.Owner
	o.Commit = "" // the environment's id says as much, and the attempt more
	if o.Env != "" && o.Attempt != "" && o.Matches(tags) && tagHolds(tags, TagNode, c.Node) {
		return nil
	}
	return &ForeignError{Kind: k, ID: id, Node: c.Node, Tags: tags}
}

// nameWord makes s a part of a name: lower-case letters, digits and single '-', a letter first. It may be empty.
func nameWord(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9' && b.Len() > 0:
			b.WriteRune(c)
		case '0' <= c && c <= '9':
			b.WriteByte('p')
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimRight(b.String(), "-")
}

// fitWords joins two words by '-' in at most room bytes. The longer one is shortened first. It returns "" if there is no room.
func fitWords(app, node string, room int) string {
	if len(app)+len("-")+len(node) > room {
		half := max((room-len("-"))/2, 0)
		switch {
		case len(app) <= half:
			node = node[:max(min(len(node), room-len("-")-len(app)), 0)]
		case len(node) <= half:
			app = app[:max(min(len(app), room-len("-")-len(node)), 0)]
		default:
			app, node = app[:half], node[:half]
		}
		app, node = strings.TrimRight(app, "-"), strings.TrimRight(node, "-")
	}
	return strings.Trim(app+"-"+node, "-")
}

// hasReservedWord reports whether name begins with a word that a service keeps to itself: ELB refuses "internal-", EC2 "sg-", and
// AWS and S3 reserve the others.
func hasReservedWord(name string) bool {
	for _, word := range []string{"internal-", "sg-", "aws-", "amazon-", "amzn-", "sthree-"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}
