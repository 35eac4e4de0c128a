package gitmeta_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestFromCI(t *testing.T) {
	t.Parallel()
	hash := unknown(1)[0]
	commit := func(branch string) gitmeta.Commit { return gitmeta.Commit{Hash: hash, Branch: branch} }
	tests := map[string]struct {
		env  string // HASH stands for the commit
		want gitmeta.Commit
	}{
		"GitHub push":          {"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/feature/x GITHUB_SHA=HASH", commit("feature/x")},
		"GitHub tag":           {"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF=refs/tags/v1 GITHUB_SHA=HASH", commit("")},
		"GitHub in CodeBuild":  {"CODEBUILD_BUILD_ID=b:1 GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF=refs/heads/main GITHUB_SHA=HASH", commit("main")},
		"GitLab":               {"GITLAB_CI=true CI_COMMIT_SHA=HASH CI_COMMIT_BRANCH=main", commit("main")},
		"GitLab tag":           {"GITLAB_CI=true CI_COMMIT_SHA=HASH CI_COMMIT_TAG=v1", commit("")},
		"GitLab detached":      {"GITLAB_CI=true CI_COMMIT_SHA=HASH CI_MERGE_REQUEST_EVENT_TYPE=detached", commit("")},
		"CircleCI":             {"CIRCLECI=true CIRCLE_SHA1=HASH CIRCLE_BRANCH=main", commit("main")},
		"Jenkins":              {"JENKINS_URL=https://j GIT_COMMIT=HASH BRANCH_NAME=main", commit("main")},
		"Jenkins tag":          {"JENKINS_URL=https://j GIT_COMMIT=HASH BRANCH_NAME=v1 TAG_NAME=v1", commit("")},
		"Azure":                {"TF_BUILD=True BUILD_SOURCEVERSION=HASH BUILD_SOURCEBRANCH=refs/heads/main BUILD_REASON=IndividualCI", commit("main")},
		"Travis":               {"TRAVIS=true TRAVIS_COMMIT=HASH TRAVIS_BRANCH=main TRAVIS_PULL_REQUEST=false", commit("main")},
		"Travis tag":           {"TRAVIS=true TRAVIS_COMMIT=HASH TRAVIS_BRANCH=v1 TRAVIS_TAG=v1 TRAVIS_PULL_REQUEST=false", commit("")},
		"Bitrise":              {"BITRISE_IO=true BITRISE_GIT_COMMIT=HASH BITRISE_GIT_BRANCH=main", commit("main")},
		"Buddy":                {"BUDDY=true BUDDY_EXECUTION_REVISION=HASH BUDDY_EXECUTION_BRANCH=main", commit("main")},
		"Semaphore":            {"SEMAPHORE=true SEMAPHORE_GIT_SHA=HASH SEMAPHORE_GIT_REF=refs/heads/main SEMAPHORE_GIT_REF_TYPE=branch", commit("main")},
		"GoCD":                 {"GO_PIPELINE_NAME=p GO_REVISION=HASH", commit("")},
		"Codefresh":            {"CF_BUILD_ID=1 CF_REVISION=HASH CF_BRANCH=main", commit("main")},
		"CodeShip":             {"CI_COMMIT_ID=HASH CI_BRANCH=main", commit("main")},
		"Bamboo":               {"bamboo_planRepository_revision=HASH bamboo_planRepository_branch=main", commit("main")},
		"CodeBuild":            {"CODEBUILD_BUILD_ID=b:1 CODEBUILD_RESOLVED_SOURCE_VERSION=HASH CODEBUILD_WEBHOOK_HEAD_REF=refs/heads/main", commit("main")},
		"CodeBuild, pipeline":  {"CODEBUILD_BUILD_ID=b:1 CODEBUILD_RESOLVED_SOURCE_VERSION=HASH CODEBUILD_SOURCE_VERSION=arn:aws:s3:::b/k", commit("")},
		"Cloud Build":          {"COMMIT_SHA=HASH BRANCH_NAME=main", commit("main")},
		"Drone":                {"DRONE=true DRONE_COMMIT_SHA=HASH DRONE_BRANCH=main", commit("main")},
		"AppVeyor":             {"APPVEYOR=True APPVEYOR_REPO_COMMIT=HASH APPVEYOR_REPO_BRANCH=main", commit("main")},
		"Buildkite":            {"BUILDKITE=true BUILDKITE_COMMIT=HASH BUILDKITE_BRANCH=main BUILDKITE_PULL_REQUEST=false BUILDKITE_TAG=", commit("main")},
		"Bitbucket":            {"BITBUCKET_BUILD_NUMBER=7 BITBUCKET_COMMIT=HASH BITBUCKET_BRANCH=main", commit("main")},
		"the last one counts":  {"CIRCLECI=true CIRCLE_SHA1=x CIRCLE_SHA1=HASH", commit("")},
		"a marker that is off": {"GITHUB_ACTIONS=false TRAVIS= CIRCLECI=true CIRCLE_SHA1=HASH", commit("")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := gitmeta.FromCI(strings.Fields(strings.ReplaceAll(tt.env, "HASH", hash)))
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
	t.Run("SHA-256", func(t *testing.T) {
		t.Parallel()
		got, err := gitmeta.FromCI([]string{"GITLAB_CI=true", "CI_COMMIT_SHA=" + strings.Repeat("ab", 32)})
		require.NoError(t, err)
		require.Len(t, got.Hash, 64)
	})
}

// What looks like the commit to deploy, and is none.
func TestFromCITraps(t *testing.T) {
	t.Parallel()
	hash := unknown(1)[0]
	tests := map[string]struct{ env, service, variable, advice string }{
		"GitHub pull request": {
			"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_REF=refs/pull/7/merge GITHUB_SHA=HASH",
			"GitHub Actions", "GITHUB_SHA", "pull_request.head.sha",
		},
		"GitHub pull request target": {
			"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target GITHUB_REF=refs/heads/main GITHUB_SHA=HASH",
			"GitHub Actions", "GITHUB_SHA", "base",
		},
		"GitHub review": {
			"GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_review GITHUB_REF=refs/pull/7/merge GITHUB_SHA=HASH",
			"GitHub Actions", "GITHUB_SHA", "merge",
		},
		"GitHub, event unknown": {
			"GITHUB_ACTIONS=true GITHUB_REF=refs/pull/7/merge GITHUB_SHA=HASH", "GitHub Actions", "GITHUB_SHA", "merge",
		},
		"Buildkite HEAD":         {"BUILDKITE=true BUILDKITE_COMMIT=HEAD", "Buildkite", "BUILDKITE_COMMIT", "Open and Head"},
		"Buildkite merge":        {"BUILDKITE=true BUILDKITE_COMMIT=HASH BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC=true", "Buildkite", "BUILDKITE_COMMIT", "merged"},
		"CodeBuild from S3":      {"CODEBUILD_BUILD_ID=b:1 CODEBUILD_SOURCE_VERSION=arn:aws:s3:::b/k", "AWS CodeBuild", "CODEBUILD_RESOLVED_SOURCE_VERSION", "not git"},
		"CodeBuild from S3, ver": {"CODEBUILD_BUILD_ID=b:1 CODEBUILD_RESOLVED_SOURCE_VERSION=3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH", "AWS CodeBuild", "CODEBUILD_RESOLVED_SOURCE_VERSION", "not git"},
		"GitLab merge train":     {"GITLAB_CI=true CI_COMMIT_SHA=HASH CI_MERGE_REQUEST_EVENT_TYPE=merge_train", "GitLab CI", "CI_COMMIT_SHA", "merge"},
		"GitLab merged result":   {"GITLAB_CI=true CI_COMMIT_SHA=HASH CI_MERGE_REQUEST_EVENT_TYPE=merged_result", "GitLab CI", "CI_COMMIT_SHA", "merge"},
		"Azure":                  {"TF_BUILD=True BUILD_SOURCEVERSION=HASH BUILD_REASON=PullRequest", "Azure Pipelines", "BUILD_SOURCEVERSION", "SYSTEM_PULLREQUEST_SOURCECOMMITID"},
		"Travis":                 {"TRAVIS=true TRAVIS_COMMIT=HASH TRAVIS_PULL_REQUEST=12", "Travis CI", "TRAVIS_COMMIT", "TRAVIS_PULL_REQUEST_SHA"},
		"Semaphore":              {"SEMAPHORE=true SEMAPHORE_GIT_SHA=HASH SEMAPHORE_GIT_REF_TYPE=pull-request", "Semaphore", "SEMAPHORE_GIT_SHA", "SEMAPHORE_GIT_PR_SHA"},
		"AppVeyor":               {"APPVEYOR=True APPVEYOR_REPO_COMMIT=HASH APPVEYOR_PULL_REQUEST_NUMBER=1", "AppVeyor", "APPVEYOR_REPO_COMMIT", "merged"},
		"Bitbucket":              {"BITBUCKET_BUILD_NUMBER=7 BITBUCKET_COMMIT=HASH BITBUCKET_PR_ID=1", "Bitbucket Pipelines", "BITBUCKET_COMMIT", "merged"},
		"Drone":                  {"DRONE=true DRONE_COMMIT_SHA=HASH DRONE_PULL_REQUEST=1", "Drone", "DRONE_COMMIT_SHA", "merged"},
		"Bitrise":                {"BITRISE_IO=true BITRISE_GIT_COMMIT=HASH BITRISE_PULL_REQUEST=1", "Bitrise", "BITRISE_GIT_COMMIT", "merged"},
		"Jenkins change":         {"JENKINS_URL=https://j GIT_COMMIT=HASH CHANGE_ID=1", "Jenkins", "GIT_COMMIT", "merged"},
		"GoCD, many materials":   {"GO_PIPELINE_NAME=p GO_REVISION_APP=HASH", "GoCD", "GO_REVISION", "not set"},
		"not set":                {"CIRCLECI=true", "CircleCI", "CIRCLE_SHA1", "not set"},
		"cut short":              {"CIRCLECI=true CIRCLE_SHA1=abc1234", "CircleCI", "CIRCLE_SHA1", "not a full commit id"},
		"zeros":                  {"CIRCLECI=true CIRCLE_SHA1=0000000000000000000000000000000000000000", "CircleCI", "CIRCLE_SHA1", "not a full commit id"},
		"not lower case":         {"CIRCLECI=true CIRCLE_SHA1=ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD", "CircleCI", "CIRCLE_SHA1", "not a full commit id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := gitmeta.FromCI(strings.Fields(strings.ReplaceAll(tt.env, "HASH", hash)))
			require.ErrorIs(t, err, gitmeta.ErrNotCommit)
			require.NotErrorIs(t, err, gitmeta.ErrNoCI)
			require.Zero(t, got)
			var e *gitmeta.CIError
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.service, e.Service)
			require.Equal(t, tt.variable, e.Variable)
			require.ErrorContains(t, err, tt.advice)
		})
	}
}

func TestFromCINone(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{nil, {"HOME=/x", "CI=true"}, {"BUILDKITE=", "=C:=x", "novalue"}} {
		_, err := gitmeta.FromCI(env)
		require.ErrorIs(t, err, gitmeta.ErrNoCI)
		require.NotErrorIs(t, err, gitmeta.ErrNotCommit)
	}
}

// Each service is in the list that the documentation of FromCI gives, so that the list cannot fall behind.
func TestFromCIDocumentsItsServices(t *testing.T) {
	t.Parallel()
	services, err := os.ReadFile("ciservices.go")
	require.NoError(t, err)
	doc, err := os.ReadFile("ci.go")
	require.NoError(t, err)
	text := strings.Join(strings.Fields(strings.ReplaceAll(string(doc), "//", "")), " ")
	names := make(map[string]bool)
	for _, part := range strings.Split(string(services), `name: "`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		names[name] = true
	}
	require.Len(t, names, 19)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		require.Contains(t, text, name)
	}
}
