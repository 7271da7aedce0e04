package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The settings of run hold no secrets, so all of them may be printed.
func (p *program) configCommand() *cobra.Command {
	check := &cobra.Command{Use: "check", Short: "Say whether the settings of run make sense", Args: noArgs}
	settingFlags(check.Flags())
	check.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		if _, err := newSettings(k); err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, "the settings make sense")
		return err
	}
	show := &cobra.Command{Use: "print", Short: "Print the settings that run would take, as a file", Args: noArgs}
	settingFlags(show.Flags())
	show.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		keys := k.Keys()
		slices.Sort(keys)
		for _, key := range keys {
			switch {
			case key == "config" || key == "help":
			case slices.Contains(lists, key):
				var quoted []string
				for _, v := range k.Strings(key) {
					quoted = append(quoted, fmt.Sprintf("%q", v))
				}
				fmt.Fprintf(p.stdout, "%s = [%s]\n", key, strings.Join(quoted, ", "))
			default:
				fmt.Fprintf(p.stdout, "%s = %q\n", key, k.String(key))
			}
		}
		return nil
	}
	return group("config", "Check or print the settings", check, show)
}
