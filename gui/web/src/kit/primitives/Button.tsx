import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Spinner } from "./Spinner.tsx";
import "./button.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "solid" | "soft" | "plain" | "danger";
  busy?: boolean;
  icon?: ReactNode;
  wide?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "soft", busy = false, icon, wide, className, children, ...rest }: ButtonProps) {
  const classes = ["button", `button-${look}`, wide ? "button-wide" : "", className ?? ""].join(" ");
  return (
    <button type="button" {...rest} className={classes} disabled={rest.disabled === true} aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}>
      {busy ? <Spinner /> : icon}
      <span className="button-label">{children}</span>
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label"> {
  label: string;
  icon: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, icon, className, ...rest }: IconButtonProps) {
  return (
    <button type="button" title={label} {...rest} aria-label={label} className={`icon-button ${className ?? ""}`}>
      {icon}
    </button>
  );
}
