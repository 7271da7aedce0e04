package nodetest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"conclave/node/nodetest/irc"
)

// Crowd returns the log of a folder in which most people speak, or the excerpt if the folder is "". It says which.
func Crowd(corpus string) (source string, log []irc.Line, err error) {
	if corpus == "" {
		return "the excerpt kept with the code", irc.Parse(excerpt), nil
	}
	paths, err := logsOf(corpus)
	if err != nil {
		return "", nil, err
	}
	most := -1
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		lines := irc.Parse(raw)
		if n := authors(lines); n > most {
			source, log, most = filepath.Base(path), lines, n
		}
	}
	return source, log, nil
}

// Year returns all logs of a folder whose names begin with a year, in the order of their days, as one.
func Year(corpus, year string) (log []irc.Line, err error) {
	paths, err := logsOf(corpus)
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, path := range paths {
		if !strings.HasPrefix(filepath.Base(path), year) {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all.Write(raw)
	}
	if all.Len() == 0 {
		return nil, fmt.Errorf("the folder %s holds no logs of %s", corpus, year)
	}
	return irc.Parse(all.Bytes()), nil
}

func authors(lines []irc.Line) int {
	nicks := map[string]bool{}
	for _, l := range lines {
		nicks[l.Nick] = true
	}
	return len(nicks)
}

// logsOf are the paths of the logs of a folder, or of those below it, in the order of their names.
func logsOf(corpus string) (paths []string, err error) {
	for _, pattern := range []string{"*.raw.txt", "*/*.raw.txt"} {
		if paths, err = filepath.Glob(filepath.Join(corpus, pattern)); err == nil && len(paths) > 0 {
			slices.Sort(paths)
			return paths, nil
		}
	}
	return nil, fmt.Errorf("the folder %s holds no logs (*.raw.txt)", corpus)
}
