import encodeQR from "qr";
import "./qr.css";

const QUIET = 3; // modules of empty border that scanners need

// QrCode draws text as one SVG path: dark on light in every theme, since many
// scanners cannot read the inverse.
export default function QrCode({ text, label }: { text: string; label: string }) {
  const modules = encodeQR(text, "raw", { ecc: text.length > 120 ? "low" : "medium", border: QUIET });
  const size = modules.length;
  const path = modules
    .flatMap((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect className="qr-light" width={size} height={size} />
      <path className="qr-dark" d={path} />
    </svg>
  );
}
