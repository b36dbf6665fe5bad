"""What the lines mean by which hosts start Apache and Tomcat, and login shells find Java."""

from __future__ import annotations

from runbook.text import T
from runbook.training.lesson import Meaning

_ONLINE = T("One asks for the network, the other waits for it: started earlier, the service may "
            "find no address of its own to listen on.")  # fmt: skip
_BOOT = T("What enable links it to: without this section there is nothing to enable, and the "
          "service does not come back after a reboot.")  # fmt: skip

HTTPD_SERVICE = (
    Meaning("Wants=network-online.target", _ONLINE),
    Meaning(
        "After=network-online.target remote-fs.target nss-lookup.target",
        T("The order at boot: first the network, file systems of other servers and the resolution "
          "of names."),
    ),
    Meaning(
        "Type=simple",
        T("The process that is started is the service: systemd watches it and needs no pid file, "
          "which might be stale or elsewhere."),
    ),
    Meaning(
        "ExecStart=/usr/local/apache/bin/httpd -DFOREGROUND -k start",
        T("httpd itself, not apachectl. Without -DFOREGROUND it goes into the background, and "
          "systemd takes the service for ended."),
    ),
    Meaning(
        "ExecReload=/usr/local/apache/bin/httpd -k graceful",
        T("systemctl reload: new processes take the new configuration, the old ones finish what is "
          "under way. Without it only a restart is left."),
    ),
    Meaning(
        "KillSignal=SIGWINCH",
        T("httpd ends gracefully by this signal; by SIGTERM, which systemd sends otherwise, it "
          "cuts off the requests that are under way."),
    ),
    Meaning(
        "KillMode=mixed",
        T("The signal goes to the first process only, which tells the others; what is left when "
          "the time is up is killed."),
    ),
    Meaning(
        "TimeoutStopSec=30",
        T("That time: a request that never ends must not hold up a shutdown."),
    ),
    Meaning(
        "PrivateTmp=true",
        T("A /tmp of its own: other processes of the host cannot meddle with its temporary files."),
    ),
    Meaning("WantedBy=multi-user.target", _BOOT),
)  # fmt: skip

TOMCAT_BOOT = (
    Meaning("Wants=network-online.target", _ONLINE),
    Meaning(
        "After=network-online.target",
        T("The Receiver listens on the node's own address: the network must be up before Tomcat."),
    ),
    Meaning(
        "Type=simple",
        T("The process that is started is the service: systemd watches it and knows how it ended."),
    ),
    Meaning(
        "User=tomcat",
        T("Without it Tomcat runs as root, and so does whoever gets in through an application."),
    ),
    Meaning("Group=tomcat", T("The group that may read conf, where others may not.")),
    Meaning(
        "UMask=0027",
        T("Files that Tomcat makes, logs among them, are closed to all but its user and its "
          "group."),
    ),
    Meaning(
        "Environment=JAVA_HOME=…",
        T("A service reads no /etc/profile: without this line Tomcat starts with whatever java is "
          "found, or not at all."),
    ),
    Meaning("Environment=CATALINA_HOME=/usr/local/tomcat", T("Where the programs of Tomcat are.")),
    Meaning(
        "Environment=CATALINA_BASE=/usr/local/tomcat",
        T("Where this Tomcat has its conf, logs and webapps; several on one host share the "
          "programs and have a base each."),
    ),
    Meaning(
        "ExecStart=/usr/local/tomcat/bin/catalina.sh run",
        T("run stays in the foreground. startup.sh leaves a process in the background and exits "
          "with 0, even when Tomcat dies a second later."),
    ),
    Meaning(
        "ExecStartPost=-/bin/sh -c 'n=0; …",
        T("The start is over when the port of Tomcat is open and Apache has had time to see it: so "
          "nodes that are restarted one after the other are never away at the same time."),
    ),
    Meaning(
        "TimeoutStartSec=180",
        T("The line above waits for up to a minute and a half; systemd's own limit would end a "
          "Tomcat that is slow to start."),
    ),
    Meaning(
        "RuntimeDirectory=tomcat-drain",
        T("A directory below /run for the note to Apache, made at each start and owned by the user "
          "tomcat."),
    ),
    Meaning(
        "ExecStartPre=/bin/sh -c 'echo in service >…/state'",
        T("The note as it is at first: this node may be used."),
    ),
    Meaning(
        "ExecStop=/bin/sh -c '… echo draining >…/state; sleep 3.5; …",
        T("Before Tomcat is told to stop, Apache reads here that it is to send nothing more; a "
          "request that comes while the port closes would be cut off."),
    ),
    Meaning(
        "ExecStopPost=/bin/sh -c '… sleep 3'",
        T("A node that stopped in good order stays away until the others have forgotten it. One "
          "that comes back sooner can be taken for never gone, and gets no sessions any more."),
    ),
    Meaning(
        "SuccessExitStatus=143",
        T("A JVM that is ended by SIGTERM exits with 143; without this line each stop counts as a "
          "failure."),
    ),
    Meaning(
        "TimeoutStopSec=63",
        T("Time for draining and for what is under way; then Tomcat is killed."),
    ),
    Meaning("WantedBy=multi-user.target", _BOOT),
    Meaning(
        '<Context docBase="/run/tomcat-drain">',
        T("Tomcat serves that directory as /catherd-drain: there the health check of Apache reads "
          "the note."),
    ),
    Meaning(
        '<Resources cachingAllowed="false"/>',
        T("Read anew each time: from a cache the news would come seconds late."),
    ),
)  # fmt: skip

PROFILE = (
    Meaning(
        "# >>> catherd: environment",
        T("A mark: from here to the other one the lines are Catherd's, and can be changed or taken "
          "out without touching the rest."),
    ),
    Meaning(
        "JAVA_HOME=…",
        T("The directory of the JDK: Tomcat's scripts look for bin/java in it; without it they "
          "take what is in PATH."),
    ),
    Meaning(
        "CLASSPATH=.",
        T("Where java looks for classes. From Java 9 on there is no tools.jar to add; this is what "
          "it would take anyway."),
    ),
    Meaning(
        'case "$PATH:" in',
        T("Looks how PATH begins: the file may be read several times, and PATH must not grow each "
          "time."),
    ),
    Meaning('"$JAVA_HOME/bin:"*) ;;', T("This JDK stands in front already: nothing to do.")),
    Meaning(
        "*) PATH=$JAVA_HOME/bin:$PATH ;;",
        T("Otherwise it is put in front: at the end, another java of the host would be found "
          "first."),
    ),
    Meaning(
        "CATALINA_HOME=/usr/local/tomcat",
        T("The directory of Tomcat, for its scripts and for whoever looks after it."),
    ),
    Meaning(
        "export JAVA_HOME CLASSPATH PATH CATALINA_HOME",
        T("Hands them on to the programs that the shell starts; without it only the shell itself "
          "knows them."),
    ),
    Meaning("# <<< catherd: environment", T("The other mark; what stands below is not Catherd's.")),
)  # fmt: skip
