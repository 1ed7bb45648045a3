FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet restore --locked-mode src/MtaSts.Host
RUN dotnet publish --no-restore -c Release -o /app src/MtaSts.Host

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .

# The base image brings this user (its id is APP_UID). The program folder stays root's, so the service cannot change itself.
RUN mkdir /data && chown "$APP_UID:$APP_UID" /data
USER $APP_UID
VOLUME /data
ENV Data__Directory=/data

# Ports 80 and 443 need no capability: Docker sets net.ipv4.ip_unprivileged_port_start=0 in a container's network namespace.
ENV Kestrel__Endpoints__Policy__Url=https://*:443
ENV Kestrel__Endpoints__Challenge__Url=http://*:80
ENV Kestrel__Endpoints__Admin__Url=http://*:8081
# The base image asks for one more port.
ENV ASPNETCORE_HTTP_PORTS=

# Not 8081: API, console and metrics are for the operator's own network. Publish that port to chosen addresses only.
EXPOSE 443 80

# The image has no HTTP client, but bash can open a connection.
HEALTHCHECK --start-period=60s CMD bash -c 'exec 3<>/dev/tcp/127.0.0.1/8081 && printf "GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3 && grep -q "^HTTP/1.1 200 " <&3'

ENTRYPOINT ["dotnet", "mtasts.dll"]
