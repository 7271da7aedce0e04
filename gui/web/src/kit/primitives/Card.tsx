import type { ReactNode } from "react";
import "./card.css";

interface CardProps {
  title?: ReactNode;
  about?: ReactNode;
  level?: 1 | 2 | 3;
  actions?: ReactNode;
  children?: ReactNode;
  className?: string;
}

export function Card({ title, about, level = 2, actions, children, className }: CardProps) {
  const Heading = `h${level}` as const;
  return (
    <section className={`card ${className ?? ""}`}>
      {title !== undefined && (
        <header className="card-head">
          <Heading className="card-title">{title}</Heading>
          {about !== undefined && <p className="muted">{about}</p>}
        </header>
      )}
      {children}
      {actions !== undefined && <div className="card-actions">{actions}</div>}
    </section>
  );
}

interface EmptyProps {
  icon: ReactNode;
  title: string;
  level?: 1 | 2;
  children?: ReactNode;
  action?: ReactNode;
}

// Empty teaches what belongs here and gives the one button that fills it.
export function Empty({ icon, title, level = 2, children, action }: EmptyProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="empty">
      <span className="empty-icon" aria-hidden="true">
        {icon}
      </span>
      <Heading className="empty-title">{title}</Heading>
      {children !== undefined && <p className="muted">{children}</p>}
      {action}
    </div>
  );
}
