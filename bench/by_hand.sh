#!/bin/bash
# The installation as a skilled operator would script it: parallel ssh, no checks, no undo.
# usage: by_hand.sh SSH_CONFIG PASSWORD_FILE HTTPD_TGZ TOMCAT_TGZ JDK_TGZ JDK_TOP FLAGS \
#                   BALANCER_ADDRESS TOMCAT1_ADDRESS TOMCAT2_ADDRESS
# The hosts are called balancer, tomcat1 and tomcat2, as in the practice lab.
set -euo pipefail
config=$1 password=$(cat "$2") httpd=$3 tomcat=$4 jdk=$5 jdk_top=$6 flags=$7
balancer=$8 node1=$9 node2=${10}

root() { # root HOST < script
  { printf '%s\n' "$password"; cat; } | ssh -F "$config" "$1" \
    'if sudo -n true 2>/dev/null; then read -r _; exec sudo -n sh -s; else exec sudo -S -p "" sh -s; fi'
}

front() {
  scp -q -F "$config" "$httpd" balancer:/tmp/httpd.tar.gz
  root balancer <<SCRIPT
set -e
cd /tmp && rm -rf src && mkdir src && cd src && tar -xzf ../httpd.tar.gz && cd httpd-*
./configure $flags >/tmp/configure.log 2>&1
make -j"\$(nproc)" >/tmp/make.log 2>&1
make install >/tmp/install.log 2>&1
SCRIPT
  root balancer <<SCRIPT
set -e
cd /usr/local/apache/conf
sed -i -E 's|^#(LoadModule (slotmem_shm\|proxy\|proxy_http\|proxy_balancer\|lbmethod_byrequests\|watchdog\|proxy_hcheck\|status)_module)|\1|' httpd.conf
sed -i 's|^#ServerName.*|ServerName $balancer:80|' httpd.conf
echo 'Include conf/extra/httpd-modproxy.conf' >> httpd.conf
cat > extra/httpd-modproxy.conf <<CONF
ProxyRequests Off
<Proxy "balancer://tomcatcluster">
  BalancerMember "http://$node1:8080" route=tomcat1 retry=5
  BalancerMember "http://$node2:8080" route=tomcat2 retry=5
  ProxySet stickysession=JSESSIONID|jsessionid nofailover=Off
</Proxy>
ProxyPass "/balancer-manager" "!"
ProxyPass "/" "balancer://tomcatcluster/"
<Location "/balancer-manager">
  SetHandler balancer-manager
  Require local
</Location>
CONF
cat > /etc/systemd/system/httpd.service <<UNIT
[Service]
ExecStart=/usr/local/apache/bin/httpd -DFOREGROUND -k start
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable httpd
SCRIPT
}

node() { # node NAME ADDRESS OTHER
  scp -q -F "$config" "$jdk" "$1":/tmp/jdk.tar.gz
  scp -q -F "$config" "$tomcat" "$1":/tmp/tomcat.tar.gz
  root "$1" <<SCRIPT
set -e
mkdir -p /usr/java && tar -xzf /tmp/jdk.tar.gz -C /usr/java
tar -xzf /tmp/tomcat.tar.gz -C /usr/local && mv /usr/local/apache-tomcat-* /usr/local/tomcat
useradd --system -d /usr/local/tomcat -s /sbin/nologin tomcat
cd /usr/local/tomcat
chown -R tomcat: .
cat >> /etc/profile <<PROFILE
export JAVA_HOME=/usr/java/$jdk_top CATALINA_HOME=/usr/local/tomcat
export PATH=\\\$JAVA_HOME/bin:\\\$PATH
PROFILE
cat > /tmp/cluster.xml <<XML
<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelSendOptions="8">
 <Channel className="org.apache.catalina.tribes.group.GroupChannel">
  <Membership className="org.apache.catalina.tribes.membership.StaticMembershipService">
   <LocalMember className="org.apache.catalina.tribes.membership.StaticMember" host="$2" port="4000"/>
   <Member className="org.apache.catalina.tribes.membership.StaticMember" host="$3" port="4000"/>
  </Membership>
  <Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" address="$2" port="4000" autoBind="1"/>
  <Sender className="org.apache.catalina.tribes.transport.ReplicationTransmitter"><Transport className="org.apache.catalina.tribes.transport.nio.PooledParallelSender"/></Sender>
  <Interceptor className="org.apache.catalina.tribes.group.interceptors.TcpFailureDetector"/>
  <Interceptor className="org.apache.catalina.tribes.group.interceptors.MessageDispatchInterceptor"/>
 </Channel>
 <Valve className="org.apache.catalina.ha.tcp.ReplicationValve" filter=""/>
 <Valve className="org.apache.catalina.ha.session.JvmRouteBinderValve"/>
 <ClusterListener className="org.apache.catalina.ha.session.ClusterSessionListener"/>
</Cluster>
XML
sed -i -e 's|<Engine name="Catalina" defaultHost="localhost">|<Engine name="Catalina" defaultHost="localhost" jvmRoute="$1">|' -e '/<Engine name="Catalina" defaultHost="localhost" jvmRoute/r /tmp/cluster.xml' conf/server.xml
[ ! -e webapps/ROOT/WEB-INF/web.xml ] || sed -i 's|</web-app>|<distributable/></web-app>|' webapps/ROOT/WEB-INF/web.xml
cat > /etc/systemd/system/tomcat.service <<UNIT
[Service]
User=tomcat
Environment=JAVA_HOME=/usr/java/$jdk_top
ExecStart=/usr/local/tomcat/bin/catalina.sh run
SuccessExitStatus=143
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable tomcat
SCRIPT
}

started() { # started HOST PORT
  root "$1" <<SCRIPT
i=0
until (exec 3<>/dev/tcp/127.0.0.1/$2) 2>/dev/null || bash -c '(exec 3<>/dev/tcp/127.0.0.1/$2)' 2>/dev/null; do
  i=\$((i+1)); [ \$i -lt 600 ] || exit 1; sleep 0.1
done
SCRIPT
}

front & front_pid=$!
node tomcat1 "$node1" "$node2" & one=$!
node tomcat2 "$node2" "$node1" & two=$!
wait $one; wait $two
for each in tomcat1 tomcat2; do echo 'systemctl start tomcat' | root $each; started $each 8080; done
wait $front_pid
echo 'systemctl start httpd' | root balancer
started balancer 80
