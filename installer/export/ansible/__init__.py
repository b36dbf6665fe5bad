"""An Ansible project that installs the same cluster without Catherd.

naming     values of the answers become variables, in every text alike
contents   the file of several hosts becomes one template
units      what one action comes to on one host
files      files and their edits become tasks
checks     checks become tasks
actions    every kind of action becomes tasks
roles      each step becomes a role
plays      the order of the steps becomes plays
install    the role that unpacks and builds
secrets    the role that finds secrets or makes them
inventory  hosts, logins and variables
rendering  every template renders to what Catherd writes
project    all files of it; readme and written say them
writing    puts them into a directory
"""
