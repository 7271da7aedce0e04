import { Component, type ReactNode } from "react";
import { Button } from "~/kit/primitives/Button.tsx";
import { TriangleAlert } from "lucide-react";
import { Empty } from "~/kit/primitives/Card.tsx";
import { t } from "../text.ts";

interface BoundaryProps {
  // A new value starts the pane afresh: another address is another try.
  name: string;
  children: ReactNode;
}

// Boundary keeps a fault inside its pane.
export class Boundary extends Component<BoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidUpdate(before: BoundaryProps) {
    if (before.name !== this.props.name && this.state.broken) this.setState({ broken: false });
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Empty icon={<TriangleAlert />} level={1} title={t("crash.title")}
        action={<Button onClick={() => this.setState({ broken: false })}>{t("crash.reload")}</Button>}>
        {t("crash.text")}
      </Empty>
    );
  }
}
