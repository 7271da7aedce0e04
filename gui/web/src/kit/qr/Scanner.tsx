import { useEffect, useRef } from "react";
import { makeReader } from "./read.ts";
import "./scanner.css";

interface ScannerProps {
  label: string;
  onFound(text: string): void;
  onProblem(): void;
}

const PAUSE = 150;

// Scanner shows the camera until a code is found. The camera stops when the
// component goes.
export default function Scanner({ label, onFound, onProblem }: ScannerProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let stopped = false;
    let stream: MediaStream | undefined;
    const run = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      const element = video.current;
      if (stopped || !element) return;
      element.srcObject = stream;
      await element.play();
      const read = await makeReader();
      while (!stopped) {
        const text = await read(element);
        if (text !== undefined && !stopped) return onFound(text);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    };
    run()
      .catch(() => {
        if (!stopped) onProblem();
      })
      .finally(() => {
        if (stopped) stopTracks(stream);
      });
    return () => {
      stopped = true;
      stopTracks(stream);
    };
  }, []);
  return <video ref={video} className="scanner" aria-label={label} muted playsInline />;
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
