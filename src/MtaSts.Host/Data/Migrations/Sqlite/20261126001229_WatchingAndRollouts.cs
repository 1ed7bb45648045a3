using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MtaSts.Host.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class WatchingAndRollouts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Reason",
                table: "policy_versions",
                type: "TEXT",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "MxSource",
                table: "domains",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "TemplateId",
                table: "domains",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "advisory_events",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    Domain = table.Column<string>(type: "TEXT", maxLength: 253, nullable: false, collation: "BINARY"),
                    TenantId = table.Column<int>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false, collation: "BINARY"),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    Severity = table.Column<int>(type: "INTEGER", nullable: false),
                    Message = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    IsEnforced = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsHandedOn = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_advisory_events", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "domain_advisories",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false, collation: "BINARY"),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false, collation: "BINARY"),
                    Severity = table.Column<int>(type: "INTEGER", nullable: false),
                    Message = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    FirstSeenAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LastSeenAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ToldAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_advisories", x => new { x.DomainId, x.Code, x.Subject });
                });

            migrationBuilder.CreateTable(
                name: "domain_watches",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    NextCheckAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ClaimedUntil = table.Column<long>(type: "INTEGER", nullable: true),
                    CheckedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Errors = table.Column<int>(type: "INTEGER", nullable: false),
                    Warnings = table.Column<int>(type: "INTEGER", nullable: false),
                    CleanSince = table.Column<long>(type: "INTEGER", nullable: true),
                    CleanBefore = table.Column<long>(type: "INTEGER", nullable: true),
                    VersionChecked = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_domain_watches", x => x.DomainId);
                });

            migrationBuilder.CreateTable(
                name: "mx_followings",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    NextLookAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LookedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    Seen = table.Column<string>(type: "TEXT", nullable: false),
                    SeenTtl = table.Column<int>(type: "INTEGER", nullable: false),
                    SeenUntil = table.Column<long>(type: "INTEGER", nullable: false),
                    Joining = table.Column<string>(type: "TEXT", nullable: false),
                    Leaving = table.Column<string>(type: "TEXT", nullable: false),
                    CompleteAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_mx_followings", x => x.DomainId);
                });

            migrationBuilder.CreateTable(
                name: "notice_targets",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false),
                    TenantId = table.Column<int>(type: "INTEGER", nullable: true),
                    Severity = table.Column<int>(type: "INTEGER", nullable: false),
                    IsOn = table.Column<bool>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    UpdatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    TestsSince = table.Column<long>(type: "INTEGER", nullable: true),
                    Tests = table.Column<int>(type: "INTEGER", nullable: false),
                    TestedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastMailAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastUrgentAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notice_targets", x => x.Id);
                    table.ForeignKey(
                        name: "FK_notice_targets_tenants_TenantId",
                        column: x => x.TenantId,
                        principalTable: "tenants",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "policy_templates",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Name = table.Column<string>(type: "TEXT", maxLength: 63, nullable: false, collation: "BINARY"),
                    Scope = table.Column<int>(type: "INTEGER", nullable: false),
                    TenantId = table.Column<int>(type: "INTEGER", nullable: true),
                    Mode = table.Column<int>(type: "INTEGER", nullable: false),
                    Mx = table.Column<string>(type: "TEXT", nullable: false),
                    MaxAge = table.Column<int>(type: "INTEGER", nullable: false),
                    Revision = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    UpdatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_policy_templates", x => x.Id);
                    table.ForeignKey(
                        name: "FK_policy_templates_tenants_TenantId",
                        column: x => x.TenantId,
                        principalTable: "tenants",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "rollouts",
                columns: table => new
                {
                    DomainId = table.Column<long>(type: "INTEGER", nullable: false),
                    WantedMaxAge = table.Column<int>(type: "INTEGER", nullable: false),
                    TestingDays = table.Column<int>(type: "INTEGER", nullable: false),
                    StageDays = table.Column<int>(type: "INTEGER", nullable: false),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    Stage = table.Column<int>(type: "INTEGER", nullable: false),
                    StartedBy = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    StartedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    StageSince = table.Column<long>(type: "INTEGER", nullable: false),
                    AnnouncedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    DaySince = table.Column<long>(type: "INTEGER", nullable: true),
                    WeekSince = table.Column<long>(type: "INTEGER", nullable: true),
                    WantedSince = table.Column<long>(type: "INTEGER", nullable: true),
                    Code = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    StateSince = table.Column<long>(type: "INTEGER", nullable: false),
                    Accepted = table.Column<string>(type: "TEXT", nullable: true),
                    AcceptedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    NextLookAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rollouts", x => x.DomainId);
                });

            migrationBuilder.CreateTable(
                name: "notice_channels",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    TargetId = table.Column<int>(type: "INTEGER", nullable: false),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    Address = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    SealedSecret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    DueAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Failures = table.Column<int>(type: "INTEGER", nullable: false),
                    FailingSince = table.Column<long>(type: "INTEGER", nullable: true),
                    LastError = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    LastErrorAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastSuccessAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastMailAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastUrgentAt = table.Column<long>(type: "INTEGER", nullable: true),
                    GoesOnAt = table.Column<long>(type: "INTEGER", nullable: true),
                    BatchUpTo = table.Column<long>(type: "INTEGER", nullable: true),
                    Dropped = table.Column<long>(type: "INTEGER", nullable: false),
                    ClaimedBy = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    ClaimedUntil = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notice_channels", x => x.Id);
                    table.ForeignKey(
                        name: "FK_notice_channels_notice_targets_TargetId",
                        column: x => x.TargetId,
                        principalTable: "notice_targets",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "notices",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ChannelId = table.Column<long>(type: "INTEGER", nullable: false),
                    EventId = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notices", x => x.Id);
                    table.ForeignKey(
                        name: "FK_notices_notice_channels_ChannelId",
                        column: x => x.ChannelId,
                        principalTable: "notice_channels",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_domains_TemplateId",
                table: "domains",
                column: "TemplateId");

            migrationBuilder.CreateIndex(
                name: "ix_dns_records_ids_on_their_way",
                table: "dns_records",
                column: "DomainId",
                filter: "\"Gate\" > 0 AND \"Wanted\" IS NOT NULL AND \"State\" <> 4");

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_At",
                table: "advisory_events",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_Code_Id",
                table: "advisory_events",
                columns: new[] { "Code", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_Domain_Id",
                table: "advisory_events",
                columns: new[] { "Domain", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_DomainId_Id",
                table: "advisory_events",
                columns: new[] { "DomainId", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_advisory_events_TenantId_Id",
                table: "advisory_events",
                columns: new[] { "TenantId", "Id" });

            migrationBuilder.CreateIndex(
                name: "ix_advisory_events_to_hand_on",
                table: "advisory_events",
                column: "Id",
                filter: "NOT \"IsHandedOn\"");

            migrationBuilder.CreateIndex(
                name: "IX_domain_advisories_Code_DomainId",
                table: "domain_advisories",
                columns: new[] { "Code", "DomainId" });

            migrationBuilder.CreateIndex(
                name: "IX_domain_watches_CheckedAt",
                table: "domain_watches",
                column: "CheckedAt");

            migrationBuilder.CreateIndex(
                name: "IX_domain_watches_NextCheckAt",
                table: "domain_watches",
                column: "NextCheckAt");

            migrationBuilder.CreateIndex(
                name: "IX_mx_followings_NextLookAt",
                table: "mx_followings",
                column: "NextLookAt");

            migrationBuilder.CreateIndex(
                name: "IX_notice_channels_DueAt",
                table: "notice_channels",
                column: "DueAt");

            migrationBuilder.CreateIndex(
                name: "IX_notice_channels_TargetId_Kind_Address",
                table: "notice_channels",
                columns: new[] { "TargetId", "Kind", "Address" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_notice_targets_TenantId",
                table: "notice_targets",
                column: "TenantId");

            migrationBuilder.CreateIndex(
                name: "IX_notices_ChannelId_EventId",
                table: "notices",
                columns: new[] { "ChannelId", "EventId" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_notices_ChannelId_Id",
                table: "notices",
                columns: new[] { "ChannelId", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_policy_templates_Name_Scope",
                table: "policy_templates",
                columns: new[] { "Name", "Scope" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_policy_templates_TenantId",
                table: "policy_templates",
                column: "TenantId");

            migrationBuilder.CreateIndex(
                name: "IX_rollouts_State_NextLookAt",
                table: "rollouts",
                columns: new[] { "State", "NextLookAt" });

            migrationBuilder.AddForeignKey(
                name: "FK_domains_policy_templates_TemplateId",
                table: "domains",
                column: "TemplateId",
                principalTable: "policy_templates",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_domains_policy_templates_TemplateId",
                table: "domains");

            migrationBuilder.DropTable(
                name: "advisory_events");

            migrationBuilder.DropTable(
                name: "domain_advisories");

            migrationBuilder.DropTable(
                name: "domain_watches");

            migrationBuilder.DropTable(
                name: "mx_followings");

            migrationBuilder.DropTable(
                name: "notices");

            migrationBuilder.DropTable(
                name: "policy_templates");

            migrationBuilder.DropTable(
                name: "rollouts");

            migrationBuilder.DropTable(
                name: "notice_channels");

            migrationBuilder.DropTable(
                name: "notice_targets");

            migrationBuilder.DropIndex(
                name: "IX_domains_TemplateId",
                table: "domains");

            migrationBuilder.DropIndex(
                name: "ix_dns_records_ids_on_their_way",
                table: "dns_records");

            migrationBuilder.DropColumn(
                name: "Reason",
                table: "policy_versions");

            migrationBuilder.DropColumn(
                name: "MxSource",
                table: "domains");

            migrationBuilder.DropColumn(
                name: "TemplateId",
                table: "domains");
        }
    }
}
