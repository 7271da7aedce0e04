// Package nodetest tells stories with whole nodes: a cast of people on nodes that talk over loopback, and what real people
// wrote to one another. The demo uses the same cast.
//
// It drives a node only through its operations, as every client does, and keeps nothing of its own but what it sent.
package nodetest

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"

	"conclave/node/nodetest/irc"
)

// The excerpt of the corpus that is kept with the code; testdata/irc/README.md says where it is from.
var (
	//go:embed testdata/irc/2015-02-04.train-b.raw.txt
	excerpt []byte
	//go:embed testdata/irc/2015-02-04.train-b.annotation.txt
	excerptNotes []byte
)

// Excerpt returns one log and its notes of who answers whom.
func Excerpt() (log, notes []byte) { return excerpt, excerptNotes }

// Dialogues returns what people wrote to one another: from the logs of a folder, one by one in the order of their names, or
// from the excerpt if the folder is "". It says which.
func Dialogues(corpus string) (source string, logs [][]irc.Message, err error) {
	if corpus == "" {
		one, err := dialogue(excerpt, excerptNotes)
		return "the excerpt kept with the code", [][]irc.Message{one}, err
	}
	paths, err := logsOf(corpus)
	if err != nil {
		return "", nil, err
	}
	for _, path := range paths {
		log, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		notes, err := os.ReadFile(strings.TrimSuffix(path, ".raw.txt") + ".annotation.txt")
		if err != nil && !os.IsNotExist(err) {
			return "", nil, err
		}
		one, err := dialogue(log, notes)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", path, err)
		}
		logs = append(logs, one)
	}
	return fmt.Sprintf("%d logs of %s", len(logs), corpus), logs, nil
}

func dialogue(log, notes []byte) ([]irc.Message, error) {
	lines := irc.Parse(log)
	answers, err := irc.ParseAnswers(notes, len(lines))
	if err != nil {
		return nil, err
	}
	said := irc.Dialogue(lines, answers)
	if len(said) == 0 {
		return nil, errors.New("nobody says anything to anybody in this log")
	}
	return said, nil
}
