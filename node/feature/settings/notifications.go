package settings

import (
	"slices"
	"time"

	"conclave/node/feature"
)

// Notifications is what an account wants to be told of, beside how each conversation is set. The pages decide by it.
type Notifications struct {
	Shown       bool      `json:"shown" cbor:"0,keyasint" doc:"whether pages show notifications, where their browser lets them"`
	Sound       bool      `json:"sound" cbor:"1,keyasint"`
	Preview     string    `json:"preview" cbor:"2,keyasint" enum:"all,name,none" doc:"what a notification says: name and text, the name, or neither"`
	PausedUntil time.Time `json:"paused_until,omitzero" cbor:"3,keyasint" doc:"do not disturb until then"`
	Hours       []Quiet   `json:"hours" nullable:"false" cbor:"4,keyasint" doc:"do not disturb in these hours"`
	Zone        string    `json:"zone" cbor:"5,keyasint" doc:"time zone of the hours, that of the browser where it is empty"`
}

// Quiet are hours of some days. They end on the next day where they would end before they begin.
type Quiet struct {
	Days []int  `json:"days" cbor:"0,keyasint" minItems:"1" maxItems:"7" nullable:"false" doc:"on which the hours begin, 0 is Sunday"`
	From string `json:"from" cbor:"1,keyasint" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	To   string `json:"to" cbor:"2,keyasint" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
}

// NotificationsRequest changes what the caller wants to be told of.
type NotificationsRequest struct {
	Shown       *bool      `json:"shown,omitempty"`
	Sound       *bool      `json:"sound,omitempty"`
	Preview     *string    `json:"preview,omitempty" enum:"all,name,none"`
	PausedUntil *time.Time `json:"paused_until,omitempty" doc:"a moment that is over ends the pause"`
	Hours       []Quiet    `json:"hours,omitempty" maxItems:"14" doc:"all of them"`
	Zone        *string    `json:"zone,omitempty" pattern:"^[A-Za-z0-9_+/-]{0,64}$"`
}

func (Notifications) usual() Notifications {
	return Notifications{Shown: true, Sound: true, Preview: "all"}
}

func (r NotificationsRequest) apply(n Notifications) (Notifications, error) {
	set(&n.Shown, r.Shown)
	set(&n.Sound, r.Sound)
	set(&n.Preview, r.Preview)
	set(&n.PausedUntil, r.PausedUntil)
	set(&n.Zone, r.Zone)
	if r.Hours != nil {
		n.Hours = r.Hours
	}
	for _, q := range n.Hours {
		if slices.ContainsFunc(q.Days, func(day int) bool { return day < 0 || day > 6 }) {
			return n, feature.ErrBadRequest.With("Days of the week are 0, Sunday, to 6.")
		}
	}
	return n, nil
}
