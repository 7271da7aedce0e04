import "./words.css";

export function CheckWords({ words }: { words: readonly string[] }) {
  return (
    <p className="words" lang="en">
      {words.map((word, index) => (
        <span key={index} className="words-one">
          {word}
        </span>
      ))}
    </p>
  );
}
