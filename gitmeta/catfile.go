package gitmeta

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// object is one answer of git cat-file --batch. Its hash is empty if there is no such object.
type object struct {
	hash string
	kind string // commit, tree, blob, tag
	data []byte
}

// commitNamed makes git take name for a commit: an abbreviated id is not mixed up with a file's, and a tag is followed.
func commitNamed(name string) string { return name + "^{commit}" }

// catFile reads the objects of these names in one git process, however many there are, and calls fn for each in order. No
// name is ever an argument of the process, so none can be taken for an option; a name must not contain a newline. Names that
// git does not know are reported to fn and do not end the run, unlike those of git log --stdin. It returns git's remarks.
func (r *Repo) catFile(ctx context.Context, names []string, fn func(i int, o object) error) (string, error) {
	if len(names) == 0 {
		return "", nil
	}
	in := strings.NewReader(strings.Join(names, "\n") + "\n")
	return r.stream(ctx, in, func(stdout io.Reader) error {
		br := bufio.NewReaderSize(stdout, 64<<10)
		for i := range names {
			o, err := readObject(br)
			if err != nil {
				return err
			}
			if err := fn(i, o); err != nil {
				return err
			}
		}
		return nil
	}, "cat-file", "--batch", "--buffer")
}

// readObject reads one answer: "<hash> <kind> <size>", the bytes and a newline, or "<name> missing" and the like.
func readObject(br *bufio.Reader) (object, error) {
	line, err := br.ReadString('\n')
	if err != nil {
		return object{}, fmt.Errorf("answer cut off: %w", noEOF(err))
	}
	f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	switch f[len(f)-1] {
	case "missing", "ambiguous":
		return object{}, nil
	}
	if len(f) != 3 || !ValidHash(f[0]) {
		return object{}, fmt.Errorf("answer not understood: %q", line)
	}
	size, err := strconv.Atoi(f[2])
	if err != nil || size < 0 {
		return object{}, fmt.Errorf("answer not understood: %q", line)
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(br, data); err != nil {
		return object{}, fmt.Errorf("answer cut off: %w", noEOF(err))
	}
	return object{hash: f[0], kind: f[1], data: data[:size]}, nil
}

// noEOF keeps an end of input where more was promised from looking like a good one.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
