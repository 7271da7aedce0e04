package member

import (
	"fmt"
	"strings"

	"conclave/node/feature"
)

// english says what somebody did, without who it was.
func english(done []feature.Happening) string {
	var phrases, changed []string
	for i, part := range done {
		if said := change(part); said != "" {
			changed = append(changed, said)
			if i+1 < len(done) && change(done[i+1]) != "" {
				continue
			}
			phrases, changed = append(phrases, "changed "+list(changed)), nil
			continue
		}
		phrases = append(phrases, phrase(part))
	}
	return list(phrases)
}

// change is what of a group changed; those that follow one another share the verb.
func change(part feature.Happening) string {
	switch part.Did {
	case feature.DidRename:
		return fmt.Sprintf("the name to “%s”", part.Word)
	case feature.DidDescribe:
		return "the description"
	case feature.DidPicture:
		return "the picture"
	case feature.DidRules:
		return "the rules"
	}
	return ""
}

func phrase(part feature.Happening) string {
	switch part.Did {
	case feature.DidAdd:
		return "added " + names(part, "you")
	case feature.DidCreate:
		return "created the " + part.Word
	case feature.DidMake:
		return fmt.Sprintf("made %s %s", names(part, "you"), withArticle(part.Word))
	case feature.DidRemove:
		return "removed " + names(part, "you")
	case feature.DidStepDown:
		return "stepped down as " + part.Word
	case feature.DidSettings:
		return "changed the settings"
	}
	return ""
}

func withArticle(role string) string {
	if strings.HasPrefix(role, "a") || strings.HasPrefix(role, "o") {
		return "an " + role
	}
	return "a " + role
}

// names are those to whom something was done, the viewer as you.
func names(part feature.Happening, you string) string {
	who := make([]string, len(part.Whom))
	for i, one := range part.Whom {
		if who[i] = one.Name; one.You {
			who[i] = you
		}
	}
	if part.More > 0 {
		return fmt.Sprintf("%s and %d others", strings.Join(who, ", "), part.More)
	}
	return list(who)
}

// list joins parts: "a", "a and b", "a, b and c".
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
