package finding

// All lists the conditions in the order of the page.
func All() []Condition {
	return []Condition{
		FolderMissing, FolderClosed, FolderReadable, FolderInUse,
		DiskLow, DiskRefuses, DiskFull, DiskUnmeasured,
		StoreNewer, StoreDamaged, StoreWrongKey, StoreHalfRestored, StoreUnopened, StoreReadOnly, StoreNotReady,
		NodeSilent, AddressTaken, OpenFilesLow,
		ClockBack, ClockUnkept, ClockSkew,
		CertificateUnusable, CertificateEnded, CertificateEnds, CertificateOther,
		PublicURLMissing, PublicURLUnresolved,
		BackupOld, MailboxRefuses, MailboxUnreached, PeerUnreached, QueueStuck,
	}
}

// The data folder.
var (
	FolderMissing = Condition{
		"folder_missing", Warning, "There is no node in the data folder.",
		"Nobody can use this node yet.", "Start it once with conclave run, or name its folder with --data.",
	}
	FolderClosed = Condition{
		"folder_closed", Failure, "The data folder cannot be read and written by this user.",
		"The node does not start as this user.", "Run this as the user of the node, or give the folder to this user.",
	}
	FolderReadable = Condition{
		"folder_readable", Failure, "Other users of the machine can get at the data folder or its key.",
		"Others may read the messages of all accounts that are not sealed. The node does not start while its key is open to others.",
		"Take their rights away with chmod go= on the folder and on node.key; if others used the machine, have people seal or renew their accounts.",
	}
	FolderInUse = Condition{
		"folder_in_use", Failure, "Another process uses the data folder and is no node that answers.",
		"A second node on this folder does not start.", "End the other process, or give this node another folder with --data.",
	}
)

// The disk of the data folder. What is asked for is what the store asks for itself.
var (
	DiskLow = Condition{
		"disk_low", Warning, "The disk fills up: less than three times what must stay free is free.",
		"Everything works; soon nobody can send or receive messages.", "Make room, or move the stopped folder to a larger disk.",
	}
	DiskRefuses = Condition{
		"disk_refuses", Failure, "The disk is nearly full, and new data is refused.",
		"Nobody can send messages, and those of other nodes wait there. Reading, logging in, exporting and deleting work.",
		"Make room on the disk: the node goes on by itself then. Deleting messages gives room back only later.",
	}
	DiskFull = Condition{
		"disk_full", Failure, "The disk is so full that nothing at all is written.",
		"Nobody can send messages, log in or delete anything; what is here can be read by those who are logged in. The node does not start again.",
		"Make room on the disk with something outside of the node; deleting messages does not work now.",
	}
	DiskUnmeasured = Condition{
		"disk_unmeasured", Failure, "The free space of the disk cannot be measured.",
		"The node takes no new messages, since it cannot know when to stop.", "See that the disk is mounted and works, and run this as the user of the node.",
	}
)

// The store in the folder.
var (
	StoreNewer = Condition{
		"store_newer", Failure, "The store was written by a newer version than this one.",
		"The node does not start with this version. Nothing was changed.", "Use the version that wrote it, or a newer one; to go back, restore a backup of before.",
	}
	StoreDamaged = Condition{
		"store_damaged", Failure, "Files of the store are damaged, or lack what had been stored last.",
		"The node does not start, so that nothing is missing in silence.", "Restore a backup into another folder, or start once with --accept-loss to go on without what is lost.",
	}
	StoreWrongKey = Condition{
		"store_wrong_key", Failure, "The key file belongs to another data folder.",
		"The node does not start, and nothing of the folder can be read.", "Put the node.key of this folder back, or restore a backup into another folder.",
	}
	StoreHalfRestored = Condition{
		"store_half_restored", Failure, "A backup was not restored to its end.",
		"The node does not start.", "Delete this folder and restore again.",
	}
	StoreUnopened = Condition{
		"store_unopened", Failure, "The store does not open, for a reason that this list does not have.",
		"The node does not start.", "See the log of the node; if it does not help, restore a backup into another folder.",
	}
	StoreReadOnly = Condition{
		"store_read_only", Failure, "A disk error stopped all writing.",
		"Nobody can send or delete anything; what is here can be read.", "See the log, replace or repair the disk, then restart the node.",
	}
	StoreNotReady = Condition{
		"store_not_ready", Failure, "The store does not take a write within a second.",
		"Sending hangs or fails. It may be a busy disk, or the node is about to stop.", "Look again in a minute; then see the log of the node and what else writes to the disk.",
	}
)

// The process and its doors.
var (
	NodeSilent = Condition{
		"node_silent", Failure, "The node that runs does not answer its owner's commands.",
		"People may be unable to use it.", "Run this as the user of the node and in its version; else see its log and restart it.",
	}
	AddressTaken = Condition{
		"address_taken", Failure, "An address of the settings cannot be used.",
		"The node does not start.", "End the process that has it, or give others with --http, --admin and --listen.",
	}
	OpenFilesLow = Condition{
		"open_files_low", Warning, "Fewer files may be open at a time than there may be connections.",
		"When many people and nodes are connected, others cannot connect and the store may stop.", "Raise the limit of open files (LimitNOFILE in the systemd unit, or ulimit -n).",
	}
)

// The clock.
var (
	ClockBack = Condition{
		"clock_back", Failure, "The clock is behind the time at which the store was written.",
		"Messages get wrong times, and what should end goes on.", "Set the clock, and see why it went back.",
	}
	ClockUnkept = Condition{
		"clock_unkept", Warning, "Nothing keeps the clock right.",
		"If it drifts, messages show wrong times and new sessions may be refused.", "Run a time service such as systemd-timesyncd or chrony.",
	}
)

// ClockSkew is found by what connected nodes say of their clocks.
var ClockSkew = Condition{
	"clock_skew", Warning, "The clocks of most connected nodes differ from this one's by more than a minute.",
	"Messages show wrong times and stand in a wrong order in groups; with hours, new sessions are refused.",
	"Compare this clock with the right time, set it and run a time service. Where only one other node is connected it may be that one.",
}

// The certificate of the page.
var (
	CertificateUnusable = Condition{
		"certificate_unusable", Failure, "The certificate and its key cannot be used.",
		"The node does not start, or goes on with the old one until that ends.", "Give files in PEM form that belong together with --tls-cert and --tls-key.",
	}
	CertificateEnded = Condition{
		"certificate_ended", Failure, "The certificate has ended.",
		"Browsers and apps refuse to connect.", "Renew it; the node takes the new file within a minute.",
	}
	CertificateOther = Condition{
		"certificate_other", Failure, "The certificate is not for the host of the public URL.",
		"Browsers and apps refuse to connect.", "Get a certificate for that name, or correct --public-url.",
	}
	CertificateEnds = Condition{
		"certificate_ends", Warning, "The certificate ends within 14 days.",
		"Then browsers and apps refuse to connect.", "Renew it; the node takes the new file within a minute.",
	}
)

// Where people reach the page.
var (
	PublicURLMissing = Condition{
		"public_url_missing", Warning, "People elsewhere reach the page, and the node does not know under which address.",
		"Links that invite people lead to this machine only, and nobody has an address like name@host.", "Give it with --public-url https://….",
	}
	PublicURLUnresolved = Condition{
		"public_url_unresolved", Failure, "The host of the public URL has no address.",
		"Nobody opens the page by its name, and strangers cannot ask by address.", "Mend the name in DNS, or --public-url.",
	}
)

// BackupOld is found only where a backup was ever made.
var BackupOld = Condition{
	"backup_old", Warning, "The last backup is older than eight days.",
	"If the disk breaks now, what people here wrote and got since then is lost.", "Run conclave backup, and see why the job that does so does not.",
}

// Mailboxes that accounts of this node chose, or that it has for all.
var (
	MailboxRefuses = Condition{
		"mailbox_refuses", Warning, "A mailbox keeps nothing for this node.",
		"What others write while this node is away waits on their nodes, and comes only while both are there.",
		"Ask its owner to keep for this node (--mailbox there), or choose another one.",
	}
	MailboxUnreached = Condition{
		"mailbox_unreached", Warning, "A mailbox does not answer.",
		"It may keep what it was told to keep before; nothing new can be arranged with it.", "Ask its owner whether it runs; see that its address is right; or choose another one.",
	}
)

// QueueStuck is about nodes that are there and take nothing.
var QueueStuck = Condition{
	"queue_stuck", Warning, "Messages wait for a node that has been connected for a quarter of an hour.",
	"People there do not get what people here write. It is kept for 45 days.", "Ask the owner of that node to run conclave doctor there: its disk may be full. If it is fine, see the log of this one.",
}

// PeerUnreached is about other nodes for which messages wait.
var PeerUnreached = Condition{
	"peer_unreached", Warning, "Messages wait for a node that was not reached for half an hour, or never since the start.",
	"People there do not get what people here write. It is kept for 45 days.", "Ask its owner whether it runs and can be reached; see that this machine may connect to others.",
}
