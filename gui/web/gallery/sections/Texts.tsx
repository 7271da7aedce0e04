import { Section, Specimen } from "../Specimen.tsx";

const SURFACES = ["canvas", "sidebar", "sunken", "raised", "hover", "chosen"];

export function Texts() {
  return (
    <Section title="Texts and colours">
      <Specimen title="Sizes">
        <div>
          <p className="size-h1">Heading one</p>
          <p className="size-h2">Heading two</p>
          <p className="size-h3">Heading three</p>
          <p className="size-large">Large</p>
          <p>Body: the quick brown fox jumps over the lazy dog.</p>
          <p className="small">Meta: the quick brown fox jumps over the lazy dog.</p>
          <p className="muted">Muted</p>
          <p>
            <span className="code">code that stands in a line</span>, <a href="#root">a link</a>
          </p>
        </div>
      </Specimen>
      <Specimen title="Every text on every surface" wide>
        <ul className="colours">
          {SURFACES.map((surface) => (
            <li key={surface} className={`on-${surface}`}>
              <span>{surface}</span>
              <span className="muted">muted</span>
              <span className="third">third</span>
              <span className="link">link</span>
              <span className="danger">danger</span>
              <span className="warning">warning</span>
              <span className="success">success</span>
              <span className="info">info</span>
            </li>
          ))}
        </ul>
      </Specimen>
    </Section>
  );
}
