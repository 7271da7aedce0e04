import { useId, type ReactNode } from "react";
import "./options.css";

interface Option<Value extends string> {
  value: Value;
  label: string;
  about?: string;
  icon?: ReactNode;
}

interface OptionsProps<Value extends string> {
  label: string;
  value: Value | undefined;
  options: readonly Option<Value>[];
  disabled?: boolean;
  hint?: string | undefined;
  onChange(value: Value): void;
}

// Options is a choice whose every option needs a sentence.
export function Options<Value extends string>({ label, value, options, disabled, hint, onChange }: OptionsProps<Value>) {
  const name = useId();
  return (
    <fieldset className="options" disabled={disabled}>
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)}
            aria-labelledby={`${name}-${option.value}`} aria-describedby={option.about === undefined ? undefined : `${name}-${option.value}-about`} />
          <span className="options-text">
            <span id={`${name}-${option.value}`} className="options-name">
              {option.label}
            </span>
            {option.about !== undefined && (
              <span id={`${name}-${option.value}-about`} className="muted small">
                {option.about}
              </span>
            )}
          </span>
          {option.icon}
        </label>
      ))}
      {hint !== undefined && <p className="muted small">{hint}</p>}
    </fieldset>
  );
}
