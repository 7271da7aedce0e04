import { useLoaded } from "~/api/useLoaded.ts";
import { bytes } from "~/i18n/time.ts";
import { Card } from "~/kit/primitives/Card.tsx";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { readKept } from "../commands.ts";
import { t } from "../text.ts";

const REFRESH = 30_000;

// KeptCard is what the node keeps for others, and what one hands to those who
// want it for a mailbox.
export function KeptCard({ addresses, peer }: { addresses: readonly string[]; peer: string }) {
  const { data: kept } = useLoaded(readKept, REFRESH);
  if (!kept) return null;
  const { mode, nodes, messages, bytes: size, most } = kept;
  const address = outermost(addresses);
  return (
    <Card title={t("kept.title")} about={t("kept.about")}>
      <dl className="facts">
        <div>
          <dt>{t("kept.for")}</dt>
          <dd>
            {t(`kept.${mode}`)}
            <br />
            <span className="muted small">{t("kept.set", { most: bytes(most) })}</span>
          </dd>
        </div>
        <div>
          <dt>{t("kept.now")}</dt>
          <dd>{nodes === 0 ? t("kept.nothing") : t("kept.count", { count: messages, size: bytes(size), nodes: t("kept.nodes", { count: nodes }) })}</dd>
        </div>
      </dl>
      {mode !== "off" && address !== undefined && (
        <div className="kept-address">
          <p className="muted small">{t("kept.address.about")}</p>
          <CopyBox label={t("kept.address")} text={address.includes("/p2p/") ? address : `${address}/p2p/${peer}`} copyLabel={t("copy")} copiedLabel={t("copied")} />
        </div>
      )}
    </Card>
  );
}

// outermost takes the address that most others can reach.
function outermost(addresses: readonly string[]): string | undefined {
  const inner = /^\/ip4\/(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|^\/ip6\/(?:::1|f[cde])/;
  return addresses.find((one) => !inner.test(one)) ?? addresses[0];
}
