package settings

// Page is how an account set its page.
type Page struct {
	Language string `json:"language" cbor:"0,keyasint" enum:"auto,en,es,fr" doc:"auto: that of the browser"`
	Send     string `json:"send" cbor:"1,keyasint" enum:"enter,ctrl_enter" doc:"which key sends a message; the other begins a new line"`
}

// PageRequest sets the caller's page otherwise.
type PageRequest struct {
	Language *string `json:"language,omitempty" enum:"auto,en,es,fr"`
	Send     *string `json:"send,omitempty" enum:"enter,ctrl_enter"`
}

func (Page) usual() Page { return Page{Language: "auto", Send: "enter"} }

func (r PageRequest) apply(p Page) (Page, error) {
	set(&p.Language, r.Language)
	set(&p.Send, r.Send)
	return p, nil
}
