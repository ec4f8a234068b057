# Samples as targets of one bake: docker buildx bake [TARGET...]
variable "DOWNLOADS" {
  default = "https://downloads.example.com"
}

variable "REGISTRY" {
  default = "docker.io/library"
}

group "default" {
  targets = ["services", "tools"]
}

group "services" {
  targets = ["api", "web", "shop"]
}

target "_shared" {
  labels = {
    "org.opencontainers.image.vendor" = "samples"
  }
}

target "api" {
  inherits = ["_shared"]
  context  = "go-service"
  tags     = ["samples/api"]
}

target "web" {
  inherits = ["_shared"]
  context  = "arg-bases"
  args = {
    REGISTRY = REGISTRY
  }
  tags = ["samples/web"]
}

target "shop" {
  inherits = ["_shared"]
  context  = "node-npm-ci"
  tags     = ["samples/shop"]
}

# The same tool, downloaded in three ways.
target "tools" {
  name     = "tool-${way}"
  inherits = ["_shared"]
  matrix = {
    way = ["curl-tar", "curl-sh", "bash-pipefail"]
  }
  context = way
  args = {
    DOWNLOADS = DOWNLOADS
  }
  tags = ["samples/tool:${way}"]
}

# A target whose named context is a folder, and one that is built on another target.
target "greeting" {
  inherits = ["_shared"]
  context  = "named-contexts"
  contexts = {
    shared = "named-contexts/shared"
  }
  tags = ["samples/greeting"]
}

target "motd" {
  inherits = ["_shared"]
  contexts = {
    greeting = "target:greeting"
  }
  dockerfile-inline = <<DOCKERFILE
FROM greeting
ARG DOWNLOADS
ADD $${DOWNLOADS}/motd.txt /etc/motd
DOCKERFILE
  args = {
    DOWNLOADS = DOWNLOADS
  }
  tags = ["samples/motd"]
}
