package gitmeta

import (
	"fmt"
	"strings"
)

// ciServices lists the services in the order in which they are looked for: first those whose runners can be hosted in the
// builds of others, last those that are known by a variable that anybody might set.
var ciServices = []ciService{
	{
		name: "GitHub Actions", marker: "GITHUB_ACTIONS", revision: "GITHUB_SHA", branch: "GITHUB_REF",
		// For pull_request and pull_request_review(_comment) GITHUB_SHA is the merge that GitHub makes to test the request,
		// for pull_request_target the base. Neither is what was proposed.
		refuse: func(env map[string]string) string {
			event, ref := env["GITHUB_EVENT_NAME"], env["GITHUB_REF"]
			if !strings.HasPrefix(event, "pull_request") && !strings.HasPrefix(ref, "refs/pull/") {
				return ""
			}
			return fmt.Sprintf("in an event %q that is the temporary merge or the base of a pull request, not its commit; "+
				"check out github.event.pull_request.head.sha and read it with Open and Head", event)
		},
	},
	{
		name: "GitLab CI", marker: "GITLAB_CI", revision: "CI_COMMIT_SHA", branch: "CI_COMMIT_BRANCH",
		// merged_result and merge_train pipelines build a merge that is in no branch; detached ones the request's own commit.
		refuse: func(env map[string]string) string {
			switch env["CI_MERGE_REQUEST_EVENT_TYPE"] {
			case "merged_result", "merge_train":
				return "that is the temporary merge of a merge request; its commit is CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
			}
			return ""
		},
	},
	{
		name: "Buildkite", marker: "BUILDKITE", revision: "BUILDKITE_COMMIT", branch: "BUILDKITE_BRANCH", tag: "BUILDKITE_TAG",
		// A build that was started without a commit has the word HEAD there until the checkout has found it.
		refuse: func(env map[string]string) string {
			switch {
			case env["BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC"] == "true":
				return temporaryMerge
			case env["BUILDKITE_COMMIT"] == "HEAD":
				return "the build was started without a commit; read that of the checkout with Open and Head"
			}
			return ""
		},
	},
	{
		name: "AWS CodeBuild", marker: "CODEBUILD_BUILD_ID", revision: "CODEBUILD_RESOLVED_SOURCE_VERSION",
		branch: "CODEBUILD_WEBHOOK_HEAD_REF",
		// For a source in S3 the variable is not set, or holds the version of the object when CodePipeline brings it.
		refuse: func(env map[string]string) string {
			if ValidHash(env["CODEBUILD_RESOLVED_SOURCE_VERSION"]) {
				return ""
			}
			return "the source is not git (S3 has object versions, not commits): pass the commit on to the build"
		},
	},
	{name: "CircleCI", marker: "CIRCLECI", revision: "CIRCLE_SHA1", branch: "CIRCLE_BRANCH"},
	{
		name: "Azure Pipelines", marker: "TF_BUILD", revision: "BUILD_SOURCEVERSION", branch: "BUILD_SOURCEBRANCH",
		refuse: func(env map[string]string) string {
			if env["BUILD_REASON"] == "PullRequest" {
				return "that is the temporary merge of a pull request; its commit is SYSTEM_PULLREQUEST_SOURCECOMMITID"
			}
			return ""
		},
	},
	{
		name: "Travis CI", marker: "TRAVIS", revision: "TRAVIS_COMMIT", branch: "TRAVIS_BRANCH", tag: "TRAVIS_TAG",
		refuse: func(env map[string]string) string {
			if pr := env["TRAVIS_PULL_REQUEST"]; pr != "" && pr != "false" {
				return "that is the temporary merge of a pull request; its commit is TRAVIS_PULL_REQUEST_SHA"
			}
			return ""
		},
	},
	{
		name: "Semaphore", marker: "SEMAPHORE", revision: "SEMAPHORE_GIT_SHA", branch: "SEMAPHORE_GIT_REF",
		refuse: func(env map[string]string) string {
			if env["SEMAPHORE_GIT_REF_TYPE"] == "pull-request" {
				return "that is the temporary merge of a pull request; its commit is SEMAPHORE_GIT_PR_SHA"
			}
			return ""
		},
	},
	{
		name: "AppVeyor", marker: "APPVEYOR", revision: "APPVEYOR_REPO_COMMIT", branch: "APPVEYOR_REPO_BRANCH",
		tag: "APPVEYOR_REPO_TAG_NAME", refuse: whenSet("APPVEYOR_PULL_REQUEST_NUMBER"),
	},
	// These check out the request merged into its target, so that the commit they name is not what is in the folder.
	{
		name: "Bitbucket Pipelines", marker: "BITBUCKET_BUILD_NUMBER", revision: "BITBUCKET_COMMIT",
		branch: "BITBUCKET_BRANCH", refuse: whenSet("BITBUCKET_PR_ID"),
	},
	{
		name: "Bitrise", marker: "BITRISE_IO", revision: "BITRISE_GIT_COMMIT", branch: "BITRISE_GIT_BRANCH",
		refuse: whenSet("BITRISE_PULL_REQUEST"),
	},
	{
		name: "Drone", marker: "DRONE", revision: "DRONE_COMMIT_SHA", branch: "DRONE_BRANCH", tag: "DRONE_TAG",
		refuse: whenSet("DRONE_PULL_REQUEST"),
	},
	{name: "Buddy", marker: "BUDDY", revision: "BUDDY_EXECUTION_REVISION", branch: "BUDDY_EXECUTION_BRANCH"},
	{name: "Codefresh", marker: "CF_BUILD_ID", revision: "CF_REVISION", branch: "CF_BRANCH"},
	{
		name: "Bamboo", marker: "bamboo_planRepository_revision", revision: "bamboo_planRepository_revision",
		branch: "bamboo_planRepository_branch",
	},
	{name: "GoCD", marker: "GO_PIPELINE_NAME", revision: "GO_REVISION"}, // not set if there are several materials
	{
		// With its branch source plugin Jenkins builds a change (CHANGE_ID) as it is or merged, and does not say which.
		name: "Jenkins", marker: "JENKINS_URL", revision: "GIT_COMMIT",
		branch: "BRANCH_NAME", tag: "TAG_NAME", refuse: whenSet("CHANGE_ID"),
	},
	{name: "CodeShip", marker: "CI_COMMIT_ID", revision: "CI_COMMIT_ID", branch: "CI_BRANCH"},
	{name: "Google Cloud Build", marker: "COMMIT_SHA", revision: "COMMIT_SHA", branch: "BRANCH_NAME"},
}

const temporaryMerge = "the build is of a pull request, merged with its target only for the test; " +
	"check out the request's own commit and read it with Open and Head"

// whenSet refuses the builds of pull requests, which have this variable.
func whenSet(variable string) func(map[string]string) string {
	return func(env map[string]string) string {
		if v := env[variable]; v == "" || v == "false" {
			return ""
		}
		return temporaryMerge
	}
}
