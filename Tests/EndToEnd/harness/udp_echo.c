// A UDP echo server for the image: busybox has none. Usage: udp-echo PORT
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  char data[65536];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 7)};
  int server = socket(AF_INET, SOCK_DGRAM, 0);
  if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t count = recvfrom(server, data, sizeof data, 0, (struct sockaddr *)&peer, &length);
    if (count >= 0) sendto(server, data, count, 0, (struct sockaddr *)&peer, length);
  }
}
