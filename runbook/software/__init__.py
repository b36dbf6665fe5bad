"""What differs from one version of httpd, Tomcat and the JDK to the next."""
