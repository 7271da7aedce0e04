// What the panel of a group is made of, in a chunk of its own: it is loaded
// when the panel is opened for the first time.
export { DangerZone } from "~/features/conversation/ui/DangerZone.tsx";
export { GroupAbout } from "~/features/conversation/ui/GroupAbout.tsx";
export { GroupSettings } from "~/features/conversation/ui/GroupSettings.tsx";
export { SyncPanel } from "~/features/conversation/ui/SyncPanel.tsx";
export { InvitePanel } from "~/features/invite/ui/InvitePanel.tsx";
export { AddPeople } from "~/features/member/ui/AddPeople.tsx";
export { MemberList } from "~/features/member/ui/MemberList.tsx";
export { Requests } from "~/features/member/ui/Requests.tsx";
export { Transfer } from "~/features/member/ui/Transfer.tsx";
