package gitmeta

import (
	"fmt"
	"strings"
)

// FromCI reads from the variables of a CI service which commit it is building. It fills in Hash and, where the service says
// so and it is a branch, Branch; a message and a state of the tree are nothing that a CI service could vouch for. Call it
// with os.Environ().
//
// Where there is a checkout, prefer Repo.Head, which reads what is really there, and use FromCI to check it:
//
//	head, err := repo.Head(ctx)
//	...
//	if ci, err := gitmeta.FromCI(os.Environ()); err == nil && ci.Hash != head.Hash {
//		return fmt.Errorf("%s is checked out, but the build is of %s", head.Short(), ci.Short())
//	}
//
// Known are AppVeyor, AWS CodeBuild, Azure Pipelines, Bamboo, Bitbucket Pipelines, Bitrise, Buddy, Buildkite, CircleCI,
// Codefresh, CodeShip, Drone, GitHub Actions, GitLab CI, GoCD, Google Cloud Build (whose steps must map COMMIT_SHA into
// their environment), Jenkins, Semaphore and Travis CI. If an environment is of two (a runner of one service is hosted in a
// build of another), the hosted one counts.
//
// Errors: ErrNoCI if the environment is of none of them; a *CIError (ErrNotCommit) if it is, but the commit is not one
// to deploy: the temporary merge that services make to test a pull request, which is in no branch and will be gone;
// Buildkite's literal HEAD; a CodeBuild source that is not git, such as an archive in S3; an id that is cut short.
func FromCI(environ []string) (Commit, error) {
	env := make(map[string]string, len(environ))
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value // of two with one name the last counts, as for os/exec
	}
	for _, s := range ciServices {
		if value, ok := env[s.marker]; ok && value != "" && value != "false" {
			return s.commit(env)
		}
	}
	return Commit{}, fmt.Errorf("gitmeta: %w", ErrNoCI)
}

// ciService is how one CI service names commits.
type ciService struct {
	name     string
	marker   string // the variable that gives the service away
	revision string // the variable that holds the commit
	branch   string // the variable that holds the branch
	// tag is a variable that is set when a tag is built; some services then have the tag in branch, too.
	tag string
	// refuse says why revision is not to be deployed, and is empty if it is. It may be nil.
	refuse func(env map[string]string) string
}

func (s ciService) commit(env map[string]string) (Commit, error) {
	hash := env[s.revision]
	fail := func(reason string) (Commit, error) {
		return Commit{}, fmt.Errorf("gitmeta: %w", &CIError{Service: s.name, Variable: s.revision, Value: hash, Reason: reason})
	}
	if s.refuse != nil {
		if reason := s.refuse(env); reason != "" {
			return fail(reason)
		}
	}
	switch {
	case hash == "":
		return fail("it is not set; read the commit of the checkout with Open and Head")
	case !ValidHash(hash), strings.Trim(hash, "0") == "":
		return fail("that is not a full commit id; read the commit of the checkout with Open and Head")
	}
	c := Commit{Hash: hash}
	if s.branch != "" && (s.tag == "" || env[s.tag] == "") {
		c.Branch = branchName(env[s.branch])
	}
	return c, nil
}

// branchName returns the branch that a service names in full, or short. Other refs are no branches.
func branchName(ref string) string {
	if name, ok := strings.CutPrefix(ref, branchPrefix); ok {
		return name
	}
	if strings.HasPrefix(ref, "refs/") || ref == "HEAD" {
		return ""
	}
	return ref
}
