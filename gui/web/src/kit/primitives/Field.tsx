import { Eye, EyeOff } from "lucide-react";
import { useId, useState, type InputHTMLAttributes, type ReactNode, type Ref } from "react";
import { IconButton } from "./Button.tsx";
import "./field.css";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id"> {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
  end?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

// Field is a labelled input; a problem takes the place of the hint.
export function Field({ label, hint, problem, end, className, ...input }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className={`field ${className ?? ""}`} data-invalid={problem ? "" : undefined}>
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input {...input} id={id} aria-invalid={problem ? true : undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`} />
        {end}
      </div>
      {note !== undefined && (
        <p key={problem === undefined ? "hint" : "problem"} className="field-note" id={`${id}-note`} role={problem === undefined ? undefined : "alert"}>
          {note}
        </p>
      )}
    </div>
  );
}

interface SecretFieldProps extends Omit<FieldProps, "type" | "end"> {
  showLabel: string;
  hideLabel: string;
}

// SecretField can be looked at while typing; pasting is allowed.
export function SecretField({ showLabel, hideLabel, ...field }: SecretFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field {...field} type={shown ? "text" : "password"} autoCapitalize="none" spellCheck={false}
      end={
        <IconButton label={shown ? hideLabel : showLabel} aria-pressed={shown} icon={shown ? <EyeOff /> : <Eye />}
          onClick={() => setShown(!shown)} />
      } />
  );
}

interface AreaProps extends React.TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
}

export function Area({ label, hint, problem, ...area }: AreaProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="field" data-invalid={problem ? "" : undefined}>
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <textarea {...area} id={id} aria-invalid={problem ? true : undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`} />
      </div>
      {note !== undefined && (
        <p key={problem === undefined ? "hint" : "problem"} className="field-note" id={`${id}-note`} role={problem === undefined ? undefined : "alert"}>
          {note}
        </p>
      )}
    </div>
  );
}
