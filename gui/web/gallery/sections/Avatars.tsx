import { Ghost } from "lucide-react";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Badge, DotBadge, Tag } from "~/kit/primitives/Badge.tsx";
import { PEOPLE, picture } from "../sample.ts";
import { Section, Specimen } from "../Specimen.tsx";

export function Avatars() {
  return (
    <Section title="Avatars and badges">
      <Specimen title="Avatar, sizes">
        <Avatar name="Ana Roth" seed="p1" size="small" />
        <Avatar name="Ana Roth" seed="p1" />
        <Avatar name="Ana Roth" seed="p1" size="large" />
        <Avatar name="Library readers" seed="g1" shape="square" size="small" />
        <Avatar name="Library readers" seed="g1" shape="square" />
        <Avatar name="Library readers" seed="g1" shape="square" size="large" />
      </Specimen>
      <Specimen title="Avatar, the eight colours">
        {PEOPLE.slice(0, 8).map(({ id, name }) => (
          <Avatar key={id} name={name} seed={id} />
        ))}
      </Specimen>
      <Specimen title="Avatar: picture, one word, no letter, no name">
        <Avatar name="Ben" seed="p2" picture={picture()} size="large" />
        <Avatar name="Ben" seed="p2" />
        <Avatar name="李小龍" seed="p3" />
        <Avatar name="" seed="p4" />
        <Avatar name="" seed="p5" icon={<Ghost />} />
      </Specimen>
      <Specimen title="Badge">
        <Badge count={1} label="1 unread" />
        <Badge count={42} label="42 unread" />
        <Badge count={1000} label="1000 unread" />
        <Badge count={7} label="7 unread, muted" quiet />
        <DotBadge label="Marked as unread" />
        <DotBadge label="Marked as unread, muted" quiet />
      </Specimen>
      <Specimen title="Tag">
        <Tag>You</Tag>
        <Tag tone="success">Verified</Tag>
        <Tag tone="warning">Pending</Tag>
        <Tag tone="danger">Blocked</Tag>
      </Specimen>
    </Section>
  );
}
