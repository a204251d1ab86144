// What Swift's Glibc module leaves out: epoll, eventfd, accept4.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>

// Declared by hand: under _GNU_SOURCE, which would declare it, this module's fd_set differs from Glibc's own.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
