package markup

// Steps is how much work a text made.
func (d Doc) Steps() int { return d.steps }
