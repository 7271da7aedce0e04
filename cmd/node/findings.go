package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// finding is what one look at a node found.
type finding struct {
	Code  string `json:"code"`
	Check string `json:"check"`
	State string `json:"state"`           // ok, warning or failure
	Found string `json:"found"`           // what is so
	Means string `json:"means,omitempty"` // for the people of the node
	Do    string `json:"do,omitempty"`    // what to do about it
}

// The states of findings.
const (
	fine    = "ok"
	warning = "warning"
	failure = "failure"
)

// known is what can be found wrong. Programs go by the code: it stays what it is, whatever the words become.
type known struct {
	code, check, state, means, do string
}

// catalogue is everything that doctor and status can find wrong, in the order in which it is looked for. FOLDER, FILE and the like stand for what was found.
var catalogue = []known{
	{"folder_missing", "data folder", warning, "there is no node here yet", "start the node once, or name its folder with --data"},
	{"folder_hidden", "data folder", failure, "nothing more can be said of this node", "run this as the user of the node"},
	{"folder_is_file", "data folder", failure, "a node cannot start here", "name a folder with --data"},
	{"folder_read_only", "data folder", failure, "the node cannot start, or loses what it has in hand", "run this as the user of the node, or give the folder to that user"},
	{"folder_open", "data folder", failure, "what the node knows is no secret on this machine", "chmod -R go= on the folder"},
	{"disk_unmeasured", "disk", failure, "nobody notices when it is full", "look whether the folder lies on a disk that is there (df, mount)"},
	{"disk_full", "disk", failure, "nobody can send, and nothing can be deleted either; reading works", "make room outside of the node: deleting messages does not help any more"},
	{"disk_short", "disk", failure, "nobody can send; reading, logging in and deleting work", "make room, or delete messages and files in the node"},
	{"disk_low", "disk", warning, "new messages will be refused when it goes on so", "make room"},
	{"clock_back", "clock", failure, "messages get times that are wrong, and other nodes may not take them", "set the clock"},
	{"clock_alone", "clock", warning, "times of messages drift away from those of other nodes", "run a time service such as systemd-timesyncd or chrony"},
	{"files_few", "open files", warning, "the node turns people and nodes away once as many are connected", "raise the limit of open files of the service (LimitNOFILE, ulimit -n)"},
	{"files_near", "open files", warning, "the node will turn people and nodes away soon", "raise the limit of open files of the service (LimitNOFILE, ulimit -n) and restart it"},
	{"node_missing", "node", warning, "nobody can use it yet", "start it with conclave run"},
	{"node_silent", "node", failure, "people reach nothing here", "see the log of the node"},
	{"store_in_use", "node", failure, "the node cannot start here", "stop the other process, or give this node another folder with --data"},
	{"store_newer", "node", failure, "this version cannot start here", "use the version that wrote the folder, or a newer one"},
	{"store_damaged", "node", failure, "the node does not start, so that nobody writes on top of the loss", "restore a backup into another folder, or start once with --accept-loss to go on without what is lost"},
	{"store_half_restored", "node", failure, "the node does not start with half of a backup", "delete the folder and restore again"},
	{"store_wrong_key", "node", failure, "the node cannot read its store", "put the key file of this folder back"},
	{"store_read_only", "store", failure, "nobody can send or change anything; reading works", "make room or replace the disk, then restart the node"},
	{"store_not_ready", "store", failure, "people may be told to come back later", "see the log of the node"},
	{"peer_away", "other nodes", warning, "people there have not got these messages, and will when their node is back within 45 days", "ask its owner whether it runs"},
	{"peer_never_met", "other nodes", warning, "people there got nothing yet", "look whether this node can reach others (conclave status, the firewall), then ask its owner whether it runs"},
	{"addresses_taken", "addresses", failure, "the node cannot start", "end that process, or give others with --http, --admin and --listen"},
	{"public_url_missing", "public address", warning, "links to this node work on this machine only", "give the address of the page with --public-url"},
	{"public_url_unknown", "public address", warning, "links to this node lead nowhere", "make the name known in the DNS, or correct --public-url"},
	{"certificate_unusable", "certificate", failure, "the page cannot be opened", "give files in PEM form that belong together"},
	{"certificate_over", "certificate", failure, "browsers and apps refuse to connect", "renew it"},
	{"certificate_ends", "certificate", warning, "browsers and apps will refuse to connect from that day on", "renew it"},
	{"certificate_other", "certificate", failure, "browsers and apps refuse to connect", "get a certificate for the name in --public-url"},
}

// examination collects findings.
type examination struct{ findings []finding }

func (e *examination) ok(check, format string, args ...any) {
	e.findings = append(e.findings, finding{Code: "ok", Check: check, State: fine, Found: fmt.Sprintf(format, args...)})
}

// find notes something of the catalogue.
func (e *examination) find(code, format string, args ...any) {
	for _, k := range catalogue {
		if k.code == code {
			e.findings = append(e.findings, finding{code, k.check, k.state, fmt.Sprintf(format, args...), k.means, k.do})
			return
		}
	}
	panic("no such finding: " + code)
}

func (e *examination) failures() (n int) {
	for _, f := range e.findings {
		if f.State == failure {
			n++
		}
	}
	return n
}

// wrong are the findings that something has to be done about.
func (e *examination) wrong() []finding {
	out := []finding{}
	for _, f := range e.findings {
		if f.State != fine {
			out = append(out, f)
		}
	}
	return out
}

func (p *program) printFindings(all []finding) {
	marks := map[string]string{fine: "ok      ", warning: "WARNING ", failure: "FAILURE "}
	for _, f := range all {
		fmt.Fprintf(p.stdout, "%s %-14s %s\n", marks[f.State], f.Check, f.Found)
		if f.State != fine {
			fmt.Fprintf(p.stdout, "%24s%s [%s]\n%24s→ %s\n", "", f.Means, f.Code, "", f.Do)
		}
	}
}

func (p *program) findingsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "findings", Short: "Print what doctor and status can find wrong (Markdown)", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := p.stdout.Write(describeFindings())
			return err
		},
	}
}

func describeFindings() []byte {
	var b bytes.Buffer
	b.WriteString("# What can be wrong with a node\n\n`conclave findings` prints this page; `make gen` writes it. `conclave doctor` looks for all of it, `conclave status` for what a running node tells of itself.\n" +
		"With `--json` each finding has its code, which never changes its meaning; the words may.\n\n| code | | check | what it means | what to do |\n|---|---|---|---|---|\n")
	for _, k := range catalogue {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.code, k.state, k.check, sentenceCase(k.means), sentenceCase(k.do))
	}
	return b.Bytes()
}

func sentenceCase(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
