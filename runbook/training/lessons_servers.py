"""Lessons of the steps that install: hosts, Apache, Java, Tomcat."""

from __future__ import annotations

from runbook.text import T
from runbook.training.lesson import Lesson, Question
from runbook.training.meanings_services import HTTPD_SERVICE, PROFILE, TOMCAT_BOOT

SERVER_LESSONS = (
    Lesson(
        step="preflight",
        questions=(
            Question(
                asked=T("Tomcat has a part that receives the sessions of other nodes: the "
                        "Receiver in server.xml. Its address is “auto”, which means that of the "
                        "node's own name, and that name resolves to 127.0.1.1. What do the other "
                        "nodes see?"),
                answers=(
                    T("Nothing: the node does not start"),
                    T("A member that calls itself 127.0.0.1 or 127.0.1.1, which none of them can "
                      "reach"),
                    T("The node, at its right address"),
                ),
                right=1,
                why=T("The receiver announces the address of the host's own name. Everybody logs "
                      "that a member was added, and nothing is replicated."),
            ),
        ),
        hints=(
            T("Nothing is to be installed here: look around on each host."),
            T("Try: hostname; getent hosts $(hostname); ss -ltn; df -h /usr/local; date."),
            T("All checks hold on a fresh lab. Answer the question, then go on."),
        ),
    ),
    Lesson(
        step="httpd-build",
        questions=(
            Question(
                asked=T("Why is Apache given --prefix=/usr/local/apache?"),
                answers=(
                    T("It runs faster from there"),
                    T("It meets no packaged Apache, and all of it can be removed in one go"),
                    T("Without it, modules cannot be loaded"),
                ),
                right=1,
                why=T("Everything lies below one directory of its own. What the distribution "
                      "installs and updates is elsewhere."),
            ),
            Question(
                asked=T("What does --enable-so bring?"),
                answers=(
                    T("Modules can be loaded when httpd starts, instead of being part of it"),
                    T("TLS"),
                    T("A static program without modules"),
                ),
                right=0,
                why=T("mod_so is what loads modules; that is why it cannot be a module itself, and "
                      "why the document's --enable-modules=so stops configure on 2.4."),
            ),
        ),
        hints=(
            T("The archive lies in /srv/lesson on the balancer. Unpack it, then configure, make, "
              "make install."),
            T("./configure wants the flags that are shown above, each with its reason; they stand "
              "in /srv/lesson/flags, too. sudo is needed for make install only."),
            T("tar xf /srv/lesson/httpd-*.tar.gz; cd httpd-*/; "
              "./configure $(cat /srv/lesson/flags); make -j2; sudo make install. "
              "It takes minutes."),
        ),
    ),
    Lesson(
        step="httpd-service",
        lines=HTTPD_SERVICE,
        questions=(
            Question(
                asked=T("The document copies apachectl to init.d. What does a service manager "
                        "hear from it when Apache is stopped and “status” is asked?"),
                answers=(T("0: all is well"), T("3: not running"), T("1: an error")),
                right=0,
                why=T("apachectl asks lynx for a page and ignores how that ends. A service manager "
                      "that is lied to restarts nothing."),
            ),
        ),
        hints=(
            T("systemd reads /etc/systemd/system/httpd.service. What must stand in it so that "
              "httpd is started and watched?"),
            T("ExecStart=/usr/local/apache/bin/httpd -DFOREGROUND -k start, Type=simple; and an "
              "[Install] section, or there is nothing to enable."),
            T("Write the unit, then: sudo systemctl daemon-reload; sudo systemctl enable httpd. "
              "Do not start it yet."),
        ),
    ),
    Lesson(
        step="jdk",
        questions=(
            Question(
                asked=T("The document installs jdk-6u4 and sets JAVA_HOME to /usr/java/jdk1.7.0. "
                        "How do you find out the right directory?"),
                answers=(
                    T("From the version number of the archive's name"),
                    T("By looking: the archive itself names its directory"),
                    T("It is always /usr/java/default"),
                ),
                right=1,
                why=T("tar tf shows the name before anything is unpacked. 6u4 calls itself "
                      "jdk1.6.0_04."),
            ),
        ),
        hints=(
            T("The archive lies in /srv/lesson on each Tomcat's host; it goes below /usr/java."),
            T("tar xf unpacks it under the name that it has inside; -C says where."),
            T("sudo mkdir -p /usr/java; sudo tar xf /srv/lesson/jdk-*.tar.gz -C /usr/java"),
        ),
    ),
    Lesson(
        step="profile",
        lines=PROFILE,
        questions=(
            Question(
                asked=T("You have set JAVA_HOME in /etc/profile. For whom does it hold?"),
                answers=(
                    T("For all processes of the host"),
                    T("For login shells that begin from now on, and what they start"),
                    T("For services too, after a reboot"),
                ),
                right=1,
                why=T("Only login shells read the file. A service has what its own description "
                      "gives it: see the step “Tomcat at boot”."),
            ),
        ),
        hints=(
            T("/etc/profile is shell. What is set there must be exported."),
            T("JAVA_HOME is the directory of the JDK, CATALINA_HOME that of Tomcat; PATH gets "
              "$JAVA_HOME/bin in front."),
            T("At the end of /etc/profile: export JAVA_HOME=… CATALINA_HOME=/usr/local/tomcat; "
              "export PATH=$JAVA_HOME/bin:$PATH. Then log in anew: java -version."),
        ),
    ),
    Lesson(
        step="tomcat",
        questions=(
            Question(
                asked=T("Why does the user tomcat own logs and webapps, but not bin and conf?"),
                answers=(
                    T("To save space"),
                    T("So that a broken application cannot change the server it runs in"),
                    T("Because Tomcat refuses to start otherwise"),
                ),
                right=1,
                why=T("Whoever gets in through an application has that user's rights: they end "
                      "where the programs and their configuration begin."),
            ),
        ),
        hints=(
            T("A user without a login, an archive in /srv/lesson, and a few directories that the "
              "user may write to."),
            T("useradd -r -U -d /usr/local/tomcat -s /sbin/nologin tomcat. The archive's top "
              "directory becomes /usr/local/tomcat: mkdir, then tar --strip-components=1."),
            T("chown -R tomcat: for logs, temp, work, webapps and conf/Catalina, in which you make "
              "localhost; chgrp -R tomcat for the rest, so that it can be read."),
        ),
    ),
    Lesson(
        step="tomcat-boot",
        lines=TOMCAT_BOOT,
        questions=(
            Question(
                asked=T("Tomcat was started from rc.local and dies at noon. Who notices?"),
                answers=(T("init, which starts it again"), T("rc.local"), T("Nobody")),
                right=2,
                why=T("rc.local is run once and is over. A service manager watches the process "
                      "and knows how it ended."),
            ),
        ),
        hints=(
            T("A unit again, /etc/systemd/system/tomcat.service: which user, which environment, "
              "which command that stays in the foreground?"),
            T("User=tomcat; Environment=JAVA_HOME=…, CATALINA_HOME, CATALINA_BASE; "
              "ExecStart=…/bin/catalina.sh run; SuccessExitStatus=143."),
            T("With an [Install] section that says WantedBy=multi-user.target; then "
              "systemctl daemon-reload and systemctl enable tomcat, on both nodes."),
        ),
    ),
)  # fmt: skip
