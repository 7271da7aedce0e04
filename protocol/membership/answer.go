package membership

// Follows tells whether an operation is a Remove that only follows a Leave which its author had seen: whoever it removes was no
// member at that time, and it ends no membership of later.
func (g *Graph) Follows(id ID) bool {
	i, ok := g.index[id]
	return ok && g.answers(g.nodes[i], g.nodes[i].past)
}

// answers tells whether a Remove only follows a Leave that somebody who came to know a past had seen: then it is of no concern to
// what came after the Leave. It does where its author had seen the Leave, and nothing that made the account a member since.
// Whether any of these is valid does not matter (SPEC.md, resolving).
func (g *Graph) answers(n *node, past set) bool {
	if n.Kind() != KindRemove {
		return false
	}
	file := g.about[target(n.Body)]
	for _, i := range file.exits {
		if g.nodes[i].Kind() == KindLeave && n.past.has(i) && past.has(i) && !g.regranted(file, i, n.past) {
			return true
		}
	}
	return false
}

// regranted tells whether a past holds a grant of an account that came after its Leave.
func (g *Graph) regranted(file *dossier, leave int, past set) bool {
	for _, i := range file.grants {
		if past.has(i) && g.nodes[i].past.has(leave) {
			return true
		}
	}
	return false
}
