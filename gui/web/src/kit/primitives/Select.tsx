import { ChevronDown } from "lucide-react";
import { useId } from "react";
import "./select.css";

interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  disabled?: boolean;
  onChange(value: Value): void;
}

// Select is a row with a name and, at its end, the chosen one of a few words.
export function Select<Value extends string>({ label, value, options, disabled, onChange }: SelectProps<Value>) {
  const id = useId();
  return (
    <div className="select">
      <label htmlFor={id}>{label}</label>
      <span className="select-box">
        <select id={id} value={value} disabled={disabled}
          onChange={(event) => {
            const chosen = options.find((one) => one.value === event.target.value);
            if (chosen) onChange(chosen.value);
          }}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden="true" />
      </span>
    </div>
  );
}
