package feature

// Told is how something that happened reads: as one English text, and part by part for clients that say it in another language.
type Told struct {
	Text  string // empty: it is not shown
	Parts []Happening
}

// Tell is a text of one part.
func Tell(text string, part Happening) Told { return Told{Text: text, Parts: []Happening{part}} }

// Deed is what somebody did. The values are stable.
type Deed string

// Deeds. Clients of the API know them; they show the English text of a notice with one that they do not know.
const (
	DidUseLink     Deed = "used_link"     // used the contact link of the caller, or the caller that of the other
	DidAskContact  Deed = "asked_contact" // asked to get in contact
	DidAccept      Deed = "accepted"      // accepted the contact
	DidPin         Deed = "pinned"
	DidDeleteGroup Deed = "deleted_group"
	DidLeave       Deed = "left"
	DidJoin        Deed = "joined"       // Whom joined; there is no By
	DidAdd         Deed = "added"        // added Whom
	DidCreate      Deed = "created"      // Word is "group" or "channel"
	DidMake        Deed = "made"         // gave Whom the role Word
	DidRemove      Deed = "removed"      // removed Whom
	DidStepDown    Deed = "stepped_down" // gave up the role Word
	DidRename      Deed = "renamed"      // Word is the new name
	DidDescribe    Deed = "changed_description"
	DidPicture     Deed = "changed_picture"
	DidRules       Deed = "changed_rules"
	DidSettings    Deed = "changed_settings"
)

// Happening is one part of what a notice tells.
type Happening struct {
	Did  Deed    `json:"did" enum:"used_link,asked_contact,accepted,pinned,deleted_group,left,joined,added,created,made,removed,stepped_down,renamed,changed_description,changed_picture,changed_rules,changed_settings"`
	By   *Party  `json:"by,omitempty" doc:"who did it"`
	Whom []Party `json:"whom,omitempty" doc:"to whom it was done, the first of them"`
	More int     `json:"more,omitempty" doc:"how many others it was done to"`
	Word string  `json:"word,omitempty" doc:"a new name, a role, or group or channel"`
}

// Party is somebody whom a notice names.
type Party struct {
	You  bool   `json:"you,omitempty" doc:"it is the caller; no name then"`
	Name string `json:"name,omitempty"`
}

// You is the viewer of a notice.
func You() *Party { return &Party{You: true} }

// Called is somebody else by the name that the viewer is shown.
func Called(name string) *Party { return &Party{Name: name} }
