import { useId, type ReactNode } from "react";

// Section is one page of the gallery, Specimen one component in one kind of state.
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="gallery-section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className="gallery-specimens">{children}</div>
    </section>
  );
}

export function Specimen({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? "specimen specimen-wide" : "specimen"}>
      <h3 className="specimen-title">{title}</h3>
      <div className="specimen-body">{children}</div>
    </div>
  );
}
