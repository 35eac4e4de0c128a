package gitmeta

import (
	"context"
	"fmt"
)

// Lookup reads the commits of these full ids, in one git process however many there are (none for none). Ids that the
// repository does not have come back in missing, each once, in the order in which they were asked for: a shallow clone does
// not hold old commits, and that is no failure. What is not a full id (see ValidHash), and the id of something else than a
// commit, is missing too.
func (r *Repo) Lookup(ctx context.Context, hashes ...string) (found map[string]Commit, missing []string, err error) {
	found, missing, err = r.lookup(ctx, hashes)
	if err != nil {
		return nil, nil, fmt.Errorf("gitmeta: look up %d commits in %s: %w", len(hashes), r.dir, err)
	}
	return found, missing, nil
}

func (r *Repo) lookup(ctx context.Context, hashes []string) (found map[string]Commit, missing []string, err error) {
	found = make(map[string]Commit, len(hashes))
	seen := make(map[string]bool, len(hashes))
	var asked, names []string
	for _, h := range hashes {
		if seen[h] {
			continue
		}
		seen[h] = true
		asked = append(asked, h)
		if ValidHash(h) {
			names = append(names, commitNamed(h))
		}
	}
	_, err = r.catFile(ctx, names, func(_ int, o object) error {
		if o.hash != "" && seen[o.hash] { // the id of an annotated tag leads to a commit that nobody asked for
			found[o.hash], _ = parseCommit(o.hash, o.data)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, h := range asked {
		if _, ok := found[h]; !ok {
			missing = append(missing, h)
		}
	}
	return found, missing, nil
}
