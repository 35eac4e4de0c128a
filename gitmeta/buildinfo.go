package gitmeta

import (
	"runtime/debug"
	"time"
)

// FromBuildInfo returns the commit that the running program was built from, with Hash, Time and Dirty, as the Go tool
// stamps them into a binary (vcs.revision, vcs.time, vcs.modified).
//
// It is false if there is no stamp: in tests, with -buildvcs=false, in what go run made of single files, in what go install
// made of module@version, and where the main package is not in the repository of the folder it was built in. Mind what it
// says: the commit of this program, not of what the program deploys. That is the same thing only for a program that deploys
// itself.
func FromBuildInfo() (Commit, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Commit{}, false
	}
	return fromBuildInfo(info)
}

func fromBuildInfo(info *debug.BuildInfo) (Commit, bool) {
	settings := make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs"] != "git" || !ValidHash(settings["vcs.revision"]) {
		return Commit{}, false
	}
	c := Commit{Hash: settings["vcs.revision"]}
	// Only a plain "false" means clean: a stamp without a word on it proves nothing.
	c.Dirty = settings["vcs.modified"] != "false"
	if t, err := time.Parse(time.RFC3339Nano, settings["vcs.time"]); err == nil {
		c.Time = t.UTC()
	}
	return c, true
}
