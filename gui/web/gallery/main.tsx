// The gallery: every component of src/kit in its states, for who changes the kit and for the journeys. It is no part of the page
// that nodes serve.
import { createRoot } from "react-dom/client";
import "~/kit/tokens/tokens.css";
import "~/kit/base.css";
import { Gallery } from "./Gallery.tsx";
import { applyLook, readLook } from "./look.ts";

applyLook(readLook(location.search));
const root = document.getElementById("root");
if (root) createRoot(root).render(<Gallery />);
