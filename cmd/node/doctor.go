package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Say what is wrong with a node and what to do about it", Args: noArgs,
		Long: "Looks at the data folder, the disk, the clock, open files, the addresses, the certificate and other nodes. Takes the settings of run,\nand ends with a code other than 0 where something does not work. It repairs nothing. conclave findings lists what it can find."}
	settingFlags(c.Flags())
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		s, err := newSettings(k)
		if err != nil {
			return err
		}
		e := &examination{}
		e.examine(c.Context(), p, s)
		if *asJSON {
			err = p.printJSON(e.findings)
		} else {
			p.printFindings(e.findings)
		}
		if n := e.failures(); n > 0 {
			return errors.Join(err, fmt.Errorf("%d of %d checks failed", n, len(e.findings)))
		}
		return err
	}
	return c
}
