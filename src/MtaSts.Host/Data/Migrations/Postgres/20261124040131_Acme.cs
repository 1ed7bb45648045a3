using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Acme : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AccountUrl",
                table: "certificates",
                type: "character varying(500)",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "CertificateId",
                table: "certificates",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Directory",
                table: "certificates",
                type: "character varying(500)",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Origin",
                table: "certificates",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "RevokedAt",
                table: "certificates",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "acme_registrations",
                columns: table => new
                {
                    Directory = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    AccountUrl = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    SealedKey = table.Column<byte[]>(type: "bytea", nullable: false),
                    SealedNextKey = table.Column<byte[]>(type: "bytea", nullable: true),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    TermsOfService = table.Column<string>(type: "text", nullable: true),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_acme_registrations", x => x.Directory);
                });

            migrationBuilder.CreateTable(
                name: "ca_conditions",
                columns: table => new
                {
                    Directory = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    Failures = table.Column<int>(type: "integer", nullable: false),
                    LastHost = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: true),
                    Openings = table.Column<int>(type: "integer", nullable: false),
                    OpenSince = table.Column<long>(type: "bigint", nullable: true),
                    ProbeAt = table.Column<long>(type: "bigint", nullable: true),
                    LimitedUntil = table.Column<long>(type: "bigint", nullable: true),
                    Limitings = table.Column<int>(type: "integer", nullable: false),
                    Reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ca_conditions", x => x.Directory);
                });

            migrationBuilder.CreateTable(
                name: "certificate_jobs",
                columns: table => new
                {
                    HostName = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false, collation: "C"),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false),
                    DueAt = table.Column<long>(type: "bigint", nullable: false),
                    Priority = table.Column<int>(type: "integer", nullable: false),
                    Ca = table.Column<int>(type: "integer", nullable: false),
                    Failures = table.Column<int>(type: "integer", nullable: false),
                    CaFailures = table.Column<int>(type: "integer", nullable: false),
                    HasNewKey = table.Column<bool>(type: "boolean", nullable: false),
                    UnreachableSince = table.Column<long>(type: "bigint", nullable: true),
                    ReasonCode = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    Problem = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: true),
                    LastAttemptAt = table.Column<long>(type: "bigint", nullable: true),
                    LastIssuedAt = table.Column<long>(type: "bigint", nullable: true),
                    RenewNow = table.Column<bool>(type: "boolean", nullable: false),
                    IsRevoked = table.Column<bool>(type: "boolean", nullable: false),
                    Jitter = table.Column<double>(type: "double precision", nullable: false),
                    RenewAt = table.Column<long>(type: "bigint", nullable: true),
                    AriCertificateId = table.Column<string>(type: "text", nullable: true),
                    AriStart = table.Column<long>(type: "bigint", nullable: true),
                    AriEnd = table.Column<long>(type: "bigint", nullable: true),
                    AriCheckAt = table.Column<long>(type: "bigint", nullable: true),
                    AriExplanation = table.Column<string>(type: "text", nullable: true),
                    PreflightAt = table.Column<long>(type: "bigint", nullable: true),
                    PreflightReport = table.Column<string>(type: "text", nullable: true),
                    Step = table.Column<int>(type: "integer", nullable: false),
                    Directory = table.Column<string>(type: "text", nullable: true),
                    AccountUrl = table.Column<string>(type: "text", nullable: true),
                    OrderUrl = table.Column<string>(type: "text", nullable: true),
                    OrderedAt = table.Column<long>(type: "bigint", nullable: true),
                    SealedKey = table.Column<byte[]>(type: "bytea", nullable: true),
                    CertificateUrl = table.Column<string>(type: "text", nullable: true),
                    LeaseOwner = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    LeaseUntil = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_certificate_jobs", x => x.HostName);
                });

            migrationBuilder.CreateTable(
                name: "challenge_answers",
                columns: table => new
                {
                    HostName = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false, collation: "C"),
                    Token = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false, collation: "C"),
                    Type = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    KeyAuthorization = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    CreatedAt = table.Column<long>(type: "bigint", nullable: false),
                    ExpiresAt = table.Column<long>(type: "bigint", nullable: false),
                    InDnsSince = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_challenge_answers", x => new { x.HostName, x.Token });
                });

            migrationBuilder.CreateTable(
                name: "issuance_buckets",
                columns: table => new
                {
                    Name = table.Column<string>(type: "character varying(800)", maxLength: 800, nullable: false),
                    Tokens = table.Column<double>(type: "double precision", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_issuance_buckets", x => x.Name);
                });

            migrationBuilder.CreateIndex(
                name: "IX_certificates_CreatedAt",
                table: "certificates",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_dates",
                table: "certificates",
                columns: new[] { "NotAfter", "NotBefore", "RevokedAt", "HostName" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_DueAt",
                table: "certificate_jobs",
                columns: new[] { "State", "DueAt" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_HostName",
                table: "certificate_jobs",
                columns: new[] { "State", "HostName" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_Priority_DueAt",
                table: "certificate_jobs",
                columns: new[] { "State", "Priority", "DueAt" });

            migrationBuilder.CreateIndex(
                name: "IX_certificate_jobs_State_RenewAt",
                table: "certificate_jobs",
                columns: new[] { "State", "RenewAt" });

            migrationBuilder.CreateIndex(
                name: "IX_challenge_answers_ExpiresAt",
                table: "challenge_answers",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_issuance_buckets_At",
                table: "issuance_buckets",
                column: "At");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "acme_registrations");

            migrationBuilder.DropTable(
                name: "ca_conditions");

            migrationBuilder.DropTable(
                name: "certificate_jobs");

            migrationBuilder.DropTable(
                name: "challenge_answers");

            migrationBuilder.DropTable(
                name: "issuance_buckets");

            migrationBuilder.DropIndex(
                name: "IX_certificates_CreatedAt",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_dates",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "AccountUrl",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "CertificateId",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "Directory",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "Origin",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "RevokedAt",
                table: "certificates");
        }
    }
}
