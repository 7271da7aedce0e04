import "./spinner.css";

// Spinner is decoration: what is going on is said in text or by aria-busy.
export function Spinner() {
  return <span className="spinner" aria-hidden="true" />;
}
